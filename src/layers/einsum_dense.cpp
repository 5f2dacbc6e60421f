// EinsumDense: the equation's letters sorted into those that both sides keep, those that are summed and those of one
// side, which makes a product of matrices of it.
#include <algorithm>
#include <functional>
#include <map>
#include <markhor/error.hpp>
#include <markhor/layers/einsum_dense.hpp>

#include "layers/activations.hpp"
#include "layers/kernel_and_bias.hpp"
#include "layers/pending_weights.hpp"
#include "layers/single_input.hpp"
#include "ops/elementwise.hpp"
#include "ops/matmul.hpp"
#include "ops/shape_ops.hpp"

namespace markhor::layers {
namespace {

bool has(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

/// "abc,cd->abd" in its parts; the dots of input and output stand for axes before (or behind) all letters.
struct Equation {
    enum class Dots { none, before, behind };

    std::string input, kernel, output;
    Dots dots = Dots::none;

    explicit Equation(const std::string& text) {
        const std::size_t comma = text.find(',');
        const std::size_t arrow = text.find("->");
        if (comma == std::string::npos || arrow == std::string::npos || arrow < comma) refuse(text);
        input = text.substr(0, comma);
        kernel = text.substr(comma + 1, arrow - comma - 1);
        output = text.substr(arrow + 2);
        if (input.starts_with("...") && output.starts_with("...")) {
            dots = Dots::before;
            input.erase(0, 3);
            output.erase(0, 3);
        } else if (input.ends_with("...") && output.ends_with("...")) {
            dots = Dots::behind;
            input.resize(input.size() - 3);
            output.resize(output.size() - 3);
        }
        check(text);
    }

    /// With letters for the axes of the dots, of an input of this rank. Throws ShapeError for a rank that does not fit.
    Equation of_rank(std::size_t rank) const {
        const std::size_t least = input.size() + (dots == Dots::before ? 1 : 0);
        if (rank < least || (dots == Dots::none && rank > least)) {
            throw ShapeError("the equation wants an input of " + std::string(dots == Dots::none ? "" : "at least ") +
                             std::to_string(least) + " axes; one of " + std::to_string(rank) + " came");
        }
        Equation whole = *this;
        std::string more;
        for (std::size_t i = input.size(); i < rank; ++i) more += static_cast<char>('0' + more.size());
        whole.input = dots == Dots::before ? more + input : input + more;
        whole.output = dots == Dots::before ? more + output : output + more;
        return whole;
    }

private:
    [[noreturn]] static void refuse(const std::string& text) {
        throw ValueError("equation is \"" + text +
                         "\"; the form [X],[Y]->[Z], ...[X],[Y]->...[Z] or [X]...,[Y]->[Z]... is wanted");
    }

    void check(const std::string& text) const {
        for (const std::string& part : {input, kernel, output}) {
            if (part.empty() ||
                !std::ranges::all_of(part, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); })) {
                refuse(text);
            }
            for (const char letter : part) {
                if (std::ranges::count(part, letter) == 1) continue;
                throw ValueError("equation is \"" + text + "\" with '" + letter + "' twice in one part");
            }
        }
        const auto known = [&](const std::string& part, const std::string& others, const char* of) {
            for (const char letter : part) {
                if (has(others, letter)) continue;
                throw ValueError("equation is \"" + text + "\"; '" + letter + "' of the " + of + " is nowhere else");
            }
        };
        known(input, kernel + output, "input");
        known(kernel, input + output, "kernel");
        known(output, input + kernel, "output");
    }
};

class EinsumDenseLayer final : public SingleInputLayer {
public:
    EinsumDenseLayer() = default;
    EinsumDenseLayer(std::string equation, Ints output_shape, const EinsumDenseOptions& options)
        : equation_(std::move(equation)), partial_shape_(std::move(output_shape)), options_(options) {
        set_trainable(options.trainable);
        activity_regularizer() = options.activity_regularizer;
    }

    std::string_view class_name() const override { return "EinsumDense"; }

    void describe(FieldVisitor& visitor) override {
        visitor.field("output_shape", partial_shape_);
        visitor.field("equation", equation_);
        visitor.field("activation", options_.activation);
        visitor.field("bias_axes", options_.bias_axes);
        describe_kernel_and_bias(visitor, options_, &activity_regularizer());
    }

    void check() const override {
        const Equation equation(equation_);
        for (const char letter : options_.bias_axes.value_or("")) {
            if (has(equation.output, letter)) continue;
            throw ValueError("bias_axes is \"" + *options_.bias_axes + "\"; letters of the output \"" +
                             equation.output + "\" are wanted");
        }
        for (const std::int64_t size : partial_shape_.values()) {
            if (size != None) check_at_least("a size of output_shape", size);
        }
        check_activation("activation", options_.activation);
    }

    bool has_build() const override { return true; }

    Shape output_shape(const Shape& input) const override {
        const Equation equation = Equation(equation_).of_rank(input.rank());
        const Sizes sizes = sizes_of(equation, input);
        if (built() && sizes_along(equation.kernel, sizes) != kernel_->value.shape()) {
            throw ShapeError("was built with a kernel of shape " + kernel_->value.shape().str() +
                             "; an input of shape " + input.str() + " came");
        }
        return activated_shape(options_.activation, sizes_along(equation.output, sizes));
    }

    void build_for(const Shape& input) override {
        const Equation equation = Equation(equation_).of_rank(input.rank());
        const Sizes sizes = sizes_of(equation, input);
        const Shape shape = sizes_along(equation.kernel, sizes);
        if (!shape.is_known()) {
            throw ShapeError("the sizes of the kernel's axes must be known; an input of shape " + input.str() +
                             " came");
        }
        kernel_ = add_weight("kernel", shape, options_.kernel_initializer,
                             {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
        draw_by_fans(equation, sizes);
        if (!options_.bias_axes || options_.bias_axes->empty()) return;
        const std::string& axes = *options_.bias_axes;
        Shape bias;
        for (const char letter : equation.output.substr(equation.output.find_first_of(axes)))
            bias.push_back(has(axes, letter) ? sizes.at(letter) : 1);
        if (!bias.is_known()) {
            throw ShapeError("the sizes of the bias's axes must be known; an input of shape " + input.str() + " came");
        }
        bias_ = add_weight("bias", bias, options_.bias_initializer,
                           {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
    }

    graph::Value call_on(CallContext& context, graph::Value x) const override {
        graph::Graph& graph = context.graph;
        const Shape input = graph.spec(x).shape;
        const Equation equation = Equation(equation_).of_rank(input.rank());
        graph::Value y = einsum(graph, equation, sizes_of(equation, input), x);
        if (bias_) y = ops::add(graph, y, graph.variable(bias_));
        return activate(context, options_.activation, y);
    }

private:
    using Sizes = std::map<char, std::int64_t>;

    static Shape sizes_along(const std::string& letters, const Sizes& sizes) {
        Shape shape;
        for (const char letter : letters) shape.push_back(sizes.at(letter));
        return shape;
    }

    /// Initializers that go by the kernel's inputs and outputs: here the axes that are summed and those that are not.
    void draw_by_fans(const Equation& equation, const Sizes& sizes) {
        const std::string& name = options_.kernel_initializer.class_name();
        const bool by_fans = name == "VarianceScaling" || name.starts_with("Glorot") || name.starts_with("He") ||
                             name.starts_with("Lecun");
        if (!by_fans || PendingWeights::current()) return;
        Shape fans{1, 1};
        for (const char letter : equation.kernel) fans[has(equation.output, letter) ? 1 : 0] *= sizes.at(letter);
        kernel_->value =
            options_.kernel_initializer(fans, next_weight_seed()).reshaped(sizes_along(equation.kernel, sizes));
    }

    /// The size of each letter's axis: the input's, or else the one that output_shape asks for.
    Sizes sizes_of(const Equation& equation, const Shape& input) const {
        Sizes sizes;
        for (std::size_t i = 0; i < input.rank(); ++i) sizes[equation.input[i]] = input[i];
        const std::vector<std::int64_t>& wanted = partial_shape_.values();
        const std::size_t letters = Equation(equation_).output.size();
        const bool before = equation.dots == Equation::Dots::before;
        const std::size_t first = before ? equation.output.size() - letters : 1;
        if (wanted.size() != letters - (before ? 0 : 1)) {
            throw ShapeError("output_shape is " + Shape(wanted).str() + "; one of " +
                             std::to_string(letters - (before ? 0 : 1)) + " sizes is wanted for the equation \"" +
                             equation_ + "\"");
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const char letter = equation.output[first + i];
            const auto [found, is_new] = sizes.try_emplace(letter, wanted[i]);
            if (is_new ? wanted[i] != None : wanted[i] == None || found->second == None || wanted[i] == found->second)
                continue;
            throw ShapeError("output_shape asks for " + text(std::span(&wanted[i], 1)) + " along '" + letter +
                             "'; the input of shape " + input.str() +
                             (is_new ? " says no size either" : " has " + std::to_string(found->second)));
        }
        if (!sizes.contains(equation.output[0])) {
            throw ShapeError(std::string("the output's first axis '") + equation.output[0] +
                             "' is none of the input's, and no batch then");
        }
        return sizes;
    }

    /// The value with its axes in another order, and then under another shape.
    static graph::Value arranged(graph::Graph& graph, graph::Value value, const std::string& from,
                                 const std::string& to) {
        if (from == to) return value;
        std::vector<int> permutation;
        for (const char letter : to) permutation.push_back(static_cast<int>(from.find(letter)));
        return ops::transpose(graph, value, std::move(permutation));
    }

    graph::Value einsum(graph::Graph& graph, const Equation& equation, const Sizes& sizes, graph::Value x) const {
        std::string both;
        std::string rows;
        std::string summed;
        std::string columns;
        for (const char letter : equation.input) {
            if (!has(equation.kernel, letter)) {
                rows += letter;
            } else {
                (has(equation.output, letter) ? both : summed) += letter;
            }
        }
        for (const char letter : equation.kernel) {
            if (!has(equation.input, letter)) columns += letter;
        }
        const std::int64_t b = sizes_along(both, sizes).elements();
        const std::int64_t m = sizes_along(rows, sizes).elements();
        const std::int64_t k = sizes_along(summed, sizes).elements();
        const std::int64_t n = sizes_along(columns, sizes).elements();
        const graph::Value left =
            ops::reshape(graph, arranged(graph, x, equation.input, both + rows + summed), {b, m, k});
        const graph::Value kernel = arranged(graph, graph.variable(kernel_), equation.kernel, both + summed + columns);
        const graph::Value product =
            both.empty() ? ops::matmul(graph, ops::reshape(graph, left, {m, k}), ops::reshape(graph, kernel, {k, n}))
                         : ops::batch_matmul(graph, left, ops::reshape(graph, kernel, {b, k, n}));
        const std::string made = both + rows + columns;
        return arranged(graph, ops::reshape(graph, product, sizes_along(made, sizes)), made, equation.output);
    }

    std::string equation_;
    Ints partial_shape_;
    EinsumDenseOptions options_;
    VariablePtr kernel_;
    VariablePtr bias_;
};

const RegisterLayer<EinsumDenseLayer> register_einsum_dense("EinsumDense");

}  // namespace

EinsumDense::EinsumDense(const std::string& equation, Ints output_shape, const EinsumDenseOptions& options)
    : Layer(make_layer<EinsumDenseLayer>(options.name, equation, std::move(output_shape), options)) {}

}  // namespace markhor::layers
