// Every case on the reference engine: what a kernel owes the planner (unread outputs, memory taken over) and the caller
// (the same answer in float and double).
#include "cases.hpp"

#include <cmath>
#include <cstring>

#include "support.hpp"

namespace markhor::ops {
namespace {

using namespace test;

class Runner {
public:
    Runner(const OpCase& c, std::vector<Tensor> inputs) : inputs_(std::move(inputs)), specs_(c.op->outputs(c.inputs)) {
        kernel_ = engine::reference().kernel(*c.op, c.inputs, specs_);
        for (const TensorSpec& spec : specs_) outputs_.emplace_back(spec.shape, spec.dtype);
    }
    // Output i is written to targets[i], or not at all where that is null.
    void run(const std::vector<void*>& targets) const {
        std::vector<const void*> in;
        for (const Tensor& input : inputs_) in.push_back(input.raw());
        Tensor scratch({static_cast<std::int64_t>(kernel_->scratch_bytes())}, DType::uint8);
        kernel_->run({in, targets, static_cast<std::byte*>(scratch.raw())});
    }
    std::vector<void*> own_outputs() {
        std::vector<void*> targets;
        for (Tensor& output : outputs_) targets.push_back(output.raw());
        return targets;
    }
    std::vector<Tensor>& inputs() { return inputs_; }
    const std::vector<Tensor>& outputs() const { return outputs_; }

private:
    std::vector<Tensor> inputs_;
    std::vector<TensorSpec> specs_;
    graph::KernelPtr kernel_;
    std::vector<Tensor> outputs_;
};

bool same_bytes(const Tensor& a, const Tensor& b) { return std::memcmp(a.raw(), b.raw(), a.bytes()) == 0; }

TEST(Cases, GiveFiniteNumbers) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        for (const Tensor& output : run_op(*c.op, draw_inputs(c), engine::reference())) {
            for (const double value : values_of(output)) ASSERT_TRUE(std::isfinite(value));
        }
    }
}

TEST(Cases, AreRepeatable) {
    const std::vector<OpCase> cases = all_op_cases();
    for (std::size_t i = 0; i < cases.size(); i += 17) {
        SCOPED_TRACE(cases[i].name);
        const auto first = draw_inputs(cases[i]);
        const auto second = draw_inputs(cases[i]);
        for (std::size_t k = 0; k < first.size(); ++k) EXPECT_TRUE(same_bytes(first[k], second[k]));
    }
}

TEST(Kernels, LeaveOutWhatNobodyReads) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        const auto expected = run_op(*c.op, inputs, engine::reference());
        for (std::size_t left_out = 0; left_out < expected.size(); ++left_out) {
            Runner runner(c, inputs);
            auto targets = runner.own_outputs();
            targets[left_out] = nullptr;
            runner.run(targets);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                if (i == left_out) continue;
                EXPECT_TRUE(same_bytes(runner.outputs()[i], expected[i])) << "output " << i;
            }
        }
    }
}

TEST(Kernels, WorkInPlaceWhereTheOpSaysSo) {
    int found = 0;
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        const auto expected = run_op(*c.op, inputs, engine::reference());
        std::vector<Tensor> copies;
        copies.reserve(inputs.size());
        for (const Tensor& input : inputs) copies.push_back(input.clone());
        Runner runner(c, copies);
        auto targets = runner.own_outputs();
        bool any = false;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            const int input = c.op->in_place_input(static_cast<int>(i));
            if (input < 0) continue;
            targets[i] = runner.inputs()[static_cast<std::size_t>(input)].raw();
            any = true;
        }
        if (!any) continue;
        ++found;
        runner.run(targets);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_EQ(std::memcmp(targets[i], expected[i].raw(), expected[i].bytes()), 0) << "output " << i;
        }
    }
    EXPECT_GT(found, 50);
}

TEST(Kernels, AnswerInFloatAsInDouble) {
    for (const OpCase& c : all_op_cases()) {
        if (as<Cast>(*c.op) != nullptr) continue;
        SCOPED_TRACE(c.name);
        const auto inputs = draw_inputs(c);
        std::vector<Tensor> wide;
        wide.reserve(inputs.size());
        for (const Tensor& input : inputs) {
            wide.push_back(input.dtype() == DType::float32 ? input.cast(DType::float64) : input);
        }
        const auto floats = run_op(*c.op, inputs, engine::reference());
        const auto exact = run_op(*c.op, wide, engine::reference());
        for (std::size_t i = 0; i < floats.size(); ++i) {
            const auto a = values_of(floats[i]);
            const auto b = values_of(exact[i]);
            for (std::size_t k = 0; k < a.size(); ++k) ASSERT_NEAR(a[k], b[k], 1e-7 * std::max(1.0, std::abs(b[k])));
        }
    }
}

TEST(Ops, GiveSpecsThatCostsUnderstand) {
    for (const OpCase& c : all_op_cases()) {
        SCOPED_TRACE(c.name);
        const auto outputs = c.op->outputs(c.inputs);
        const Cost cost = c.op->cost(c.inputs, outputs);
        double bytes = 0;
        for (const TensorSpec& spec : c.inputs) bytes += static_cast<double>(spec.bytes());
        for (const TensorSpec& spec : outputs) bytes += static_cast<double>(spec.bytes());
        EXPECT_EQ(cost.bytes, bytes);
        EXPECT_GE(cost.flops, 0);
    }
}

}  // namespace
}  // namespace markhor::ops
