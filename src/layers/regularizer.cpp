#include "layers/regularizer.hpp"

#include <markhor/error.hpp>
#include <markhor/regularizers.hpp>

#include "core/registry.hpp"
#include "layers/arguments.hpp"
#include "layers/finite_fields.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/reduction.hpp"

namespace markhor {
namespace {

using ops::Builder;
using ops::Reduction;
using ops::UnaryKind;
using ops::Value;

/// factor sum f(x)
Value weighted_sum(Builder& builder, double factor, UnaryKind f, Value x) {
    const Value sum = ops::reduce_all(builder, Reduction::sum, ops::unary(builder, f, x));
    return ops::unary(builder, UnaryKind::scale, sum, factor);
}

class L1Regularizer final : public RegularizerBase {
public:
    explicit L1Regularizer(double l1 = 0.01) : l1_(l1) {}
    std::string_view class_name() const override { return "L1"; }
    void describe(FieldVisitor& visitor) override { visitor.field("l1", l1_); }
    void check() const override { layers::check_at_least("l1", l1_, 0.0); }
    Value lower(Builder& builder, Value x) const override { return weighted_sum(builder, l1_, UnaryKind::absolute, x); }

private:
    double l1_;
};

class L2Regularizer final : public RegularizerBase {
public:
    explicit L2Regularizer(double l2 = 0.01) : l2_(l2) {}
    std::string_view class_name() const override { return "L2"; }
    void describe(FieldVisitor& visitor) override { visitor.field("l2", l2_); }
    void check() const override { layers::check_at_least("l2", l2_, 0.0); }
    Value lower(Builder& builder, Value x) const override { return weighted_sum(builder, l2_, UnaryKind::square, x); }

private:
    double l2_;
};

class L1L2Regularizer final : public RegularizerBase {
public:
    explicit L1L2Regularizer(const regularizers::L1L2Options& options = {}) : options_(options) {}
    std::string_view class_name() const override { return "L1L2"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("l1", options_.l1);
        visitor.field("l2", options_.l2);
    }

    void check() const override {
        layers::check_at_least("l1", options_.l1, 0.0);
        layers::check_at_least("l2", options_.l2, 0.0);
    }

    Value lower(Builder& builder, Value x) const override {
        if (options_.l1 == 0) return weighted_sum(builder, options_.l2, UnaryKind::square, x);
        const Value l1 = weighted_sum(builder, options_.l1, UnaryKind::absolute, x);
        if (options_.l2 == 0) return l1;
        return ops::add(builder, l1, weighted_sum(builder, options_.l2, UnaryKind::square, x));
    }

private:
    regularizers::L1L2Options options_;
};

class OrthogonalRegularizer final : public RegularizerBase {
public:
    explicit OrthogonalRegularizer(regularizers::OrthogonalOptions options = {}) : options_(std::move(options)) {}
    std::string_view class_name() const override { return "OrthogonalRegularizer"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("factor", options_.factor);
        visitor.field("mode", options_.mode);
    }

    void check() const override {
        layers::check_at_least("factor", options_.factor, 0.0);
        layers::check_choice("mode", options_.mode, {"rows", "columns"});
    }

    Value lower(Builder& builder, Value x) const override {
        const Shape shape = builder.spec(x).shape;
        if (shape.rank() != 2) {
            throw ShapeError("OrthogonalRegularizer takes a matrix; a weight of shape " + shape.str() + " came");
        }
        const bool rows = options_.mode == "rows";
        const std::int64_t count = shape[rows ? 0 : 1];
        const Value squares = ops::unary(builder, UnaryKind::square, x);
        const Value sums = ops::reduce(builder, Reduction::sum, squares, {rows ? 1 : 0}, true);
        // The least number is Keras's stand-in for 0 here too: a vector of zeros stays one.
        const Value norms =
            ops::unary(builder, UnaryKind::sqrt, ops::unary(builder, UnaryKind::clip, sums, 1e-30, 1e30));
        const Value unit = ops::divide(builder, x, norms);
        const Value products = ops::matmul(builder, unit, unit, {}, !rows, rows);
        Tensor others = Tensor::full({count, count}, 1);
        for (std::int64_t i = 0; i < count; ++i) others.data<float>()[static_cast<std::size_t>(i * count + i)] = 0;
        const Value apart = ops::multiply(builder, products, builder.constant(others.cast(builder.spec(x).dtype)));
        const double pairs = static_cast<double>(count) * (static_cast<double>(count) - 1) / 2;
        return weighted_sum(builder, options_.factor * 0.5 / pairs, UnaryKind::absolute, apart);
    }

private:
    regularizers::OrthogonalOptions options_;
};

const Registry<RegularizerBase>& known_regularizers() {
    static const Registry<RegularizerBase> registry = [] {
        Registry<RegularizerBase> made("regularizer");
        made.add({"L1", "l1"}, [] { return std::make_shared<L1Regularizer>(); });
        made.add({"L2", "l2"}, [] { return std::make_shared<L2Regularizer>(); });
        made.add({"L1L2", "l1_l2"}, [] { return std::make_shared<L1L2Regularizer>(); });
        made.add({"OrthogonalRegularizer", "orthogonal_regularizer"},
                 [] { return std::make_shared<OrthogonalRegularizer>(); });
        return made;
    }();
    return registry;
}

}  // namespace

Regularizer::Regularizer(const char* name) : Regularizer(std::string(name)) {}
Regularizer::Regularizer(const std::string& name) : base_(known_regularizers().make(name)) {}
Regularizer::Regularizer(std::shared_ptr<RegularizerBase> base) : base_(std::move(base)) {
    if (!base_) return;
    check_finite_fields(std::string(base_->class_name()) + ": ", *base_);
    base_->check();
}

namespace regularizers {

Regularizer L1(double l1) { return Regularizer(std::make_shared<L1Regularizer>(l1)); }
Regularizer L2(double l2) { return Regularizer(std::make_shared<L2Regularizer>(l2)); }
Regularizer L1L2(const L1L2Options& options) { return Regularizer(std::make_shared<L1L2Regularizer>(options)); }
Regularizer OrthogonalRegularizer(const OrthogonalOptions& options) {
    return Regularizer(std::make_shared<markhor::OrthogonalRegularizer>(options));
}

}  // namespace regularizers
}  // namespace markhor
