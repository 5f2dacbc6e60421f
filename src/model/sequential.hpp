// A chain of layers, built as soon as the shape of its input is known.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>

#include "model/model_base.hpp"

namespace markhor {

class SequentialModel final : public ModelBase {
public:
    /// An empty name asks for Keras's automatic one ("sequential").
    static std::shared_ptr<SequentialModel> make(const std::vector<SequentialItem>& items, std::string name);

    /// On an exception the chain is as it was.
    void add(const SequentialItem& item);
    std::shared_ptr<LayerBase> pop();
    /// The InputLayer in front; null while there is none.
    std::shared_ptr<LayerBase> input_layer() const;

    std::string_view class_name() const override { return "Sequential"; }
    void describe(FieldVisitor& /*visitor*/) override {}
    bool ready() const override { return !calls_.empty(); }
    std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
    void prepare(std::span<const Shape> inputs) override;
    void build(std::span<const Shape> inputs) override;

private:
    void append(const SequentialItem& item);
    void append_input(const SymbolicTensor& input);
    void append_layer(const std::shared_ptr<LayerBase>& layer);
    /// Builds the chain if the shape of its input is known.
    void build_if_known();
    void connect_last();
    /// set_graph() for the chain's ends; layers() stays the chain itself, which Keras shows without its InputLayer.
    void set_chain(std::vector<SymbolicTensor> outputs);

    std::optional<SymbolicTensor> input_;
    std::unordered_set<std::string> names_;  // of the layers
};

}  // namespace markhor
