// EinsumDense against its definition, a sum over all letters of the equation, and what it refuses.
#include <algorithm>
#include <cmath>
#include <markhor/layers.hpp>

#include "engine/engines.hpp"
#include "layers/support.hpp"

namespace markhor::layers::test {
namespace {

struct Example {
    const char* equation;
    Ints output_shape;
    const char* bias_axes;
    Shape input;
    Shape bias;           // Keras's
    const char* letters;  // of input, kernel and output, with digits for the dots
};

Tensor numbered(const Shape& shape, int step) {
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(static_cast<int>(i) * step % 13 - 6) / 8;
    return floats(shape, values);
}

/// Where an array of these letters has the element at `at`, a place for each letter of `all`.
std::size_t place(const std::string& letters, const Shape& shape, const std::string& all,
                  const std::vector<std::int64_t>& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < letters.size(); ++i) flat = flat * shape[i] + at[all.find(letters[i])];
    return static_cast<std::size_t>(flat);
}

/// sum over the letters that the output lacks of x kernel, by plain loops.
std::vector<double> einsum(const std::string& letters, const Tensor& x, const Tensor& kernel, const Shape& output) {
    const std::string of_x = letters.substr(0, letters.find(','));
    const std::string of_kernel = letters.substr(of_x.size() + 1, letters.find('>') - of_x.size() - 1);
    const std::string of_y = letters.substr(letters.find('>') + 1);
    std::string all = of_x;
    std::vector<std::int64_t> sizes = x.shape().dims();
    for (std::size_t i = 0; i < of_kernel.size(); ++i) {
        if (all.find(of_kernel[i]) != std::string::npos) continue;
        all += of_kernel[i];
        sizes.push_back(kernel.shape()[i]);
    }
    std::vector<double> y(static_cast<std::size_t>(output.elements()));
    const std::int64_t terms = Shape(sizes).elements();
    for (std::int64_t term = 0; term < terms; ++term) {
        std::vector<std::int64_t> at(sizes.size());
        std::int64_t rest = term;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            at[i] = rest % sizes[i];
            rest /= sizes[i];
        }
        y[place(of_y, output, all, at)] += static_cast<double>(x.data<float>()[place(of_x, x.shape(), all, at)]) *
                                           kernel.data<float>()[place(of_kernel, kernel.shape(), all, at)];
    }
    return y;
}

TEST(EinsumDense, IsTheSumThatItsEquationSays) {
    const std::vector<Example> examples = {
        {"ab,bc->ac", 4, "c", {2, 3}, {4}, "ab,bc>ac"},
        {"abc,cde->abde", {None, 2, 3}, "de", {2, 4, 5}, {2, 3}, "abc,cde>abde"},
        {"abcd,cde->abe", {None, 5}, "e", {2, 3, 4, 2}, {5}, "abcd,cde>abe"},
        {"abc,dc->adb", {6, None}, "d", {2, 3, 4}, {6, 1}, "abc,dc>adb"},
        {"abc,bcd->abd", {None, 3}, "bd", {2, 4, 5}, {4, 3}, "abc,bcd>abd"},
        {"...b,bc->...c", 4, "c", {2, 3, 2, 5}, {4}, "012b,bc>012c"},
        {"ab...,bc->ac...", 4, "c", {2, 3, 2, 3}, {4, 1, 1}, "ab01,bc>ac01"},
    };
    for (const Example& example : examples) {
        SCOPED_TRACE(example.equation);
        clear_session();
        EinsumDense layer(example.equation, example.output_shape, {.bias_axes = example.bias_axes});
        const Shape output = layer(Input(example.input.without_batch(), {.batch_size = example.input[0]})).shape();
        ASSERT_EQ(layer.get_weights().at(1).shape(), example.bias);
        const Tensor x = numbered(example.input, 5);
        const Tensor kernel = numbered(layer.get_weights()[0].shape(), 7);
        layer.set_weights({kernel, floats(example.bias, std::vector<float>(
                                                            static_cast<std::size_t>(example.bias.elements()), 0.5F))});
        const std::vector<double> wanted = einsum(example.letters, x, kernel, output);
        for (const graph::Engine* engine : {&engine::reference(), &engine::cpu()}) {
            const Tensor y = run_layer(layer, {x}, *engine).y;
            ASSERT_EQ(y.shape(), output);
            for (std::size_t i = 0; i < wanted.size(); ++i)
                ASSERT_NEAR(y.data<float>()[i], wanted[i] + 0.5, 1e-5) << i << " on " << engine->name();
        }
    }
}

TEST(EinsumDense, DrawsItsKernelByTheAxesThatAreSummed) {
    set_random_seed(1);
    // Glorot's limit is sqrt(6 / (in + out)): 24 in and 6 out, however they are shaped.
    EinsumDense layer("abcd,cde->abe", {None, 6});
    layer(Input({2, 4, 6}));
    const std::vector<float> kernel = values_of(layer.get_weights()[0]);
    const double limit = std::sqrt(6.0 / 30);
    const double largest = *std::ranges::max_element(kernel);
    EXPECT_LE(largest, limit);
    EXPECT_GT(largest, 0.9 * limit);
}

TEST(EinsumDense, RefusesWhatItsEquationDoesNotFit) {
    const auto refusal = [](const char* equation, const Ints& shape, const EinsumDenseOptions& options = {}) {
        clear_session();
        return error_of([&] { EinsumDense(equation, shape, options)(Input({3, 4})); });
    };
    EXPECT_EQ(refusal("abc,cd", {None, 2}),
              "einsum_dense (EinsumDense): equation is \"abc,cd\"; the form [X],[Y]->[Z], ...[X],[Y]->...[Z] or "
              "[X]...,[Y]->[Z]... is wanted");
    EXPECT_EQ(refusal("aac,cd->ad", {2}),
              "einsum_dense (EinsumDense): equation is \"aac,cd->ad\" with 'a' twice in one part");
    EXPECT_EQ(refusal("abc,cd->abe", {None, 2}),
              "einsum_dense (EinsumDense): equation is \"abc,cd->abe\"; 'd' of the kernel is nowhere else");
    EXPECT_EQ(refusal("abc,cd->abd", {None, 2}, {.bias_axes = "c"}),
              "einsum_dense (EinsumDense): bias_axes is \"c\"; letters of the output \"abd\" are wanted");
    EXPECT_EQ(refusal("ab,bc->ac", 2),
              "einsum_dense (EinsumDense): the equation wants an input of 2 axes; one of 3 came");
    EXPECT_EQ(refusal("abc,cd->abd", {5, 2}),
              "einsum_dense (EinsumDense): output_shape asks for 5 along 'b'; the input of shape (None, 3, 4) has 3");
    EXPECT_EQ(refusal("abc,cd->abd", 2),
              "einsum_dense (EinsumDense): output_shape is (2,); one of 2 sizes is wanted for the equation "
              "\"abc,cd->abd\"");
    EXPECT_EQ(refusal("abc,cd->abd", {None, 0}),
              "einsum_dense (EinsumDense): a size of output_shape is 0; an integer of at least 1 is wanted");
}

}  // namespace
}  // namespace markhor::layers::test
