// Rescaling.
#include <cmath>
#include <markhor/error.hpp>
#include <markhor/layers/preprocessing.hpp>

#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"

namespace markhor::layers {
namespace {

class RescalingLayer final : public SingleInputLayer {
public:
    RescalingLayer() = default;
    RescalingLayer(double scale, double offset) : scale_(scale), offset_(offset) {}
    std::string_view class_name() const override { return "Rescaling"; }
    bool has_build() const override { return true; }
    Shape output_shape(const Shape& input) const override { return input; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("scale", scale_);
        visitor.field("offset", offset_);
    }

    void check() const override {
        for (const auto& [what, value] : {std::pair("scale", scale_), std::pair("offset", offset_)}) {
            if (!std::isfinite(value)) throw ValueError(std::string(what) + " is " + std::to_string(value) + "; a finite number is wanted");
        }
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        return context.graph.add1(std::make_shared<ops::Unary>(ops::UnaryKind::scale, scale_, offset_), {x});
    }

private:
    double scale_ = 1.0;
    double offset_ = 0.0;
};

const RegisterLayer<RescalingLayer> register_rescaling("Rescaling");

}  // namespace

Rescaling::Rescaling(double scale, const RescalingOptions& options)
    : Layer(make_layer<RescalingLayer>(options.name, scale, options.offset)) {}

}  // namespace markhor::layers
