// Tensors as text: NumPy's, as recorded (conformance/record_utils.py), in any locale.
#include <gtest/gtest.h>

#include <fstream>
#include <iomanip>
#include <locale>
#include <markhor/tensor.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/npz.hpp"
#include "support/paths.hpp"

namespace markhor {
namespace {

std::string text_of(const Tensor& tensor) {
    std::ostringstream stream;
    stream << tensor;
    return stream.str();
}

TEST(TensorText, IsNumPys) {
    const auto cases = nlohmann::json::parse(std::ifstream(markhor::test::golden("utils/cases.json"))).at("printed");
    const auto arrays = data::read_npz(markhor::test::golden("utils/arrays.npz"));
    ASSERT_GT(cases.size(), 30U);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const Tensor& tensor = arrays.at("printed_" + std::to_string(i));
        const std::string wanted = std::string(tensor.shape().rank() > 0 ? "Tensor(\n" : "Tensor(") +
                                   cases[i].get<std::string>() + ", shape=" + tensor.shape().str() +
                                   ", dtype=" + std::string(name_of(tensor.dtype())) + ")";
        EXPECT_EQ(text_of(tensor), wanted) << "case " << i;
    }
}

TEST(TensorText, OfNothingSaysSo) { EXPECT_EQ(text_of(Tensor()), "Tensor()"); }

struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

TEST(TensorText, KnowsNoLocaleAndNoFormatOfTheStream) {
    std::ostringstream stream;
    stream.imbue(std::locale(std::locale::classic(), new Comma));
    stream << std::hex << std::scientific << std::setprecision(1)
           << Tensor::from(Shape{2}, std::vector<float>{1.5F, 2000.25F}) << Shape{None, 2000};
    EXPECT_EQ(stream.str(), "Tensor(\n[1.50000e+00 2.00025e+03], shape=(2,), dtype=float32)(None, 2000)");
}

}  // namespace
}  // namespace markhor
