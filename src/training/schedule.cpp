// keras.optimizers.schedules: each an options struct, its config keys, and its formula.
#include "training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <markhor/error.hpp>
#include <numbers>

#include "layers/finite_fields.hpp"

namespace markhor {
namespace {

using namespace optimizers::schedules;

void need_steps(std::string_view schedule, const char* name, std::int64_t steps) {
    if (steps >= 1) return;
    throw ValueError(std::string(schedule) + ": " + name + " is " + std::to_string(steps) + "; at least 1 is wanted");
}

/// What the classes below have in common: their options.
template <class Options>
class With : public ScheduleBase {
public:
    explicit With(const Options& options = {}) : o_(options) {}

protected:
    Options o_;
};

class Exponential final : public With<ExponentialDecayOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "ExponentialDecay"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("initial_learning_rate", o_.initial_learning_rate);
        visitor.field("decay_steps", o_.decay_steps);
        visitor.field("decay_rate", o_.decay_rate);
        visitor.field("staircase", o_.staircase);
        visitor.field("name", o_.name);
    }
    void check() const override { need_steps(class_name(), "decay_steps", o_.decay_steps); }
    double at(double step) const override {
        const double part = step / static_cast<double>(o_.decay_steps);
        return o_.initial_learning_rate * std::pow(o_.decay_rate, o_.staircase ? std::floor(part) : part);
    }
};

class PiecewiseConstant final : public With<PiecewiseConstantDecayOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "PiecewiseConstantDecay"; }
    void describe(FieldVisitor& visitor) override {
        Ints boundaries = o_.boundaries;
        visitor.field("boundaries", boundaries);
        o_.boundaries = boundaries.values();
        visitor.field("values", o_.values);
        visitor.field("name", o_.name);
    }
    void check() const override {
        if (o_.values.size() == o_.boundaries.size() + 1) return;
        throw ValueError("PiecewiseConstantDecay: " + std::to_string(o_.boundaries.size()) + " boundaries and " +
                         std::to_string(o_.values.size()) + " values came; one value more than boundaries is wanted");
    }
    double at(double step) const override {
        std::size_t i = 0;
        while (i < o_.boundaries.size() && step > static_cast<double>(o_.boundaries[i])) ++i;
        return o_.values[i];
    }
};

class Polynomial final : public With<PolynomialDecayOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "PolynomialDecay"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("initial_learning_rate", o_.initial_learning_rate);
        visitor.field("decay_steps", o_.decay_steps);
        visitor.field("end_learning_rate", o_.end_learning_rate);
        visitor.field("power", o_.power);
        visitor.field("cycle", o_.cycle);
        visitor.field("name", o_.name);
    }
    void check() const override { need_steps(class_name(), "decay_steps", o_.decay_steps); }
    double at(double step) const override {
        auto steps = static_cast<double>(o_.decay_steps);
        if (o_.cycle) {
            if (step > 0) steps *= std::ceil(step / steps);
        } else {
            step = std::min(step, steps);
        }
        return (o_.initial_learning_rate - o_.end_learning_rate) * std::pow(1 - step / steps, o_.power) +
               o_.end_learning_rate;
    }
};

class InverseTime final : public With<InverseTimeDecayOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "InverseTimeDecay"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("initial_learning_rate", o_.initial_learning_rate);
        visitor.field("decay_steps", o_.decay_steps);
        visitor.field("decay_rate", o_.decay_rate);
        visitor.field("staircase", o_.staircase);
        visitor.field("name", o_.name);
    }
    void check() const override { need_steps(class_name(), "decay_steps", o_.decay_steps); }
    double at(double step) const override {
        const double part = step / static_cast<double>(o_.decay_steps);
        return o_.initial_learning_rate / (1 + o_.decay_rate * (o_.staircase ? std::floor(part) : part));
    }
};

/// From 1 to alpha along half a cosine while `part` goes from 0 to 1.
double cosine(double part, double alpha) { return (1 - alpha) * 0.5 * (1 + std::cos(std::numbers::pi * part)) + alpha; }

class Cosine final : public With<CosineDecayOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "CosineDecay"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("initial_learning_rate", o_.initial_learning_rate);
        visitor.field("decay_steps", o_.decay_steps);
        visitor.field("alpha", o_.alpha);
        visitor.field("name", o_.name);
        visitor.field("warmup_target", o_.warmup_target);
        visitor.field("warmup_steps", o_.warmup_steps);
    }
    void check() const override { need_steps(class_name(), "decay_steps", o_.decay_steps); }
    double at(double step) const override {
        const auto steps = static_cast<double>(o_.decay_steps);
        const auto warmup = static_cast<double>(o_.warmup_steps);
        if (!o_.warmup_target) return o_.initial_learning_rate * cosine(std::min(step, steps) / steps, o_.alpha);
        step = std::min(step, steps + warmup);
        if (step < warmup) {
            return step / warmup * (*o_.warmup_target - o_.initial_learning_rate) + o_.initial_learning_rate;
        }
        return *o_.warmup_target * cosine((step - warmup) / steps, o_.alpha);
    }
};

class CosineRestarts final : public With<CosineDecayRestartsOptions> {
public:
    using With::With;
    std::string_view class_name() const override { return "CosineDecayRestarts"; }
    void describe(FieldVisitor& visitor) override {
        visitor.field("initial_learning_rate", o_.initial_learning_rate);
        visitor.field("first_decay_steps", o_.first_decay_steps);
        visitor.field("t_mul", o_.t_mul);
        visitor.field("m_mul", o_.m_mul);
        visitor.field("alpha", o_.alpha);
        visitor.field("name", o_.name);
    }
    void check() const override { need_steps(class_name(), "first_decay_steps", o_.first_decay_steps); }
    double at(double step) const override {
        double part = step / static_cast<double>(o_.first_decay_steps);
        double restarts = std::floor(part);
        if (o_.t_mul == 1) {
            part -= restarts;
        } else {
            // In float, as Keras has it: a step on a restart falls on the side where Keras's does.
            const auto t_mul = static_cast<float>(o_.t_mul);
            const float log = std::log(1.0F - static_cast<float>(part) * (1.0F - t_mul)) / std::log(t_mul);
            restarts = std::floor(static_cast<double>(log));
            const double length = std::pow(o_.t_mul, restarts);
            part = (part - (1 - length) / (1 - o_.t_mul)) / length;
        }
        const double height = std::pow(o_.m_mul, restarts) * 0.5 * (1 + std::cos(std::numbers::pi * part));
        return o_.initial_learning_rate * ((1 - o_.alpha) * height + o_.alpha);
    }
};

template <class T, class Options>
Schedule make(const Options& options) {
    auto base = std::make_shared<T>(options);
    check_finite_fields(std::string(base->class_name()) + ": ", *base);
    base->check();
    return Schedule(std::move(base));
}

template <class T>
std::shared_ptr<ScheduleBase> make_default() {
    return std::make_shared<T>();
}

}  // namespace

std::shared_ptr<ScheduleBase> make_schedule(std::string_view class_name) {
    using Make = std::shared_ptr<ScheduleBase> (*)();
    static const std::map<std::string, Make, std::less<>> makers = {
        {"ExponentialDecay", make_default<Exponential>}, {"PiecewiseConstantDecay", make_default<PiecewiseConstant>},
        {"PolynomialDecay", make_default<Polynomial>},   {"InverseTimeDecay", make_default<InverseTime>},
        {"CosineDecay", make_default<Cosine>},           {"CosineDecayRestarts", make_default<CosineRestarts>},
    };
    const auto found = makers.find(class_name);
    return found == makers.end() ? nullptr : found->second();
}

double Schedule::operator()(std::int64_t step) const { return base_->at(static_cast<double>(step)); }

namespace optimizers::schedules {

Schedule ExponentialDecay(const ExponentialDecayOptions& options) { return make<Exponential>(options); }
Schedule PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options) {
    return make<PiecewiseConstant>(options);
}
Schedule PolynomialDecay(const PolynomialDecayOptions& options) { return make<Polynomial>(options); }
Schedule InverseTimeDecay(const InverseTimeDecayOptions& options) { return make<InverseTime>(options); }
Schedule CosineDecay(const CosineDecayOptions& options) { return make<Cosine>(options); }
Schedule CosineDecayRestarts(const CosineDecayRestartsOptions& options) { return make<CosineRestarts>(options); }

}  // namespace optimizers::schedules
}  // namespace markhor
