// A tensor as text: NumPy's array2string (numpy/_core/arrayprint.py) with its defaults, in TensorFlow's frame.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <markhor/tensor.hpp>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace markhor {
namespace {

constexpr std::int64_t threshold = 1000;  // elements that are all shown
constexpr std::int64_t edge = 3;          // else of each axis so many at its begin and end
constexpr int most_digits = 8;            // after the point
constexpr std::size_t line_width = 75;

/// to_chars knows no locale.
template <class T, class... Format>
std::string chars(T value, Format... format) {
    std::array<char, 400> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value, format...);
    return {text.data(), end};
}

/// The shortest digits that read back as the value, of those up to eight after the point: "0.1", "2.", "0.33333334".
template <class T>
std::string positional(T value) {
    std::string text = chars(value, std::chars_format::fixed);
    if (text.find('.') == std::string::npos) return text + ".";
    if (text.size() - text.find('.') - 1 > most_digits) {
        text = chars(value, std::chars_format::fixed, most_digits);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

/// {"1.5", "e-05"}.
template <class T>
std::pair<std::string, std::string> scientific(T value) {
    std::string text = chars(value, std::chars_format::scientific);
    std::size_t e = text.find('e');
    const std::size_t point = text.find('.');
    if (point != std::string::npos && e - point - 1 > most_digits) {
        text = chars(value, std::chars_format::scientific, most_digits);
        e = text.find('e');
        const std::size_t last = text.find_last_not_of('0', e - 1);
        text.erase(last + 1, e - last - 1);
        e = text.find('e');
    }
    std::string digits = text.substr(0, e);
    if (digits.find('.') == std::string::npos) digits += ".";
    return {digits, text.substr(e)};
}

std::string not_finite(double value) { return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"; }

void pad_left(std::string& text, std::size_t width) {
    if (text.size() < width) text.insert(0, width - text.size(), ' ');
}

/// How all elements of an array are written, so that they stand below each other.
template <class T>
std::vector<std::string> texts(const std::vector<T>& values) requires std::is_floating_point_v<T> {
    T largest = 0;
    T smallest = 0;
    for (const T value : values) {
        const T size = std::abs(value);
        if (!std::isfinite(value) || size == 0) continue;
        largest = std::max(largest, size);
        smallest = smallest == 0 ? size : std::min(smallest, size);
    }
    const bool exponents = largest > 0 && (largest >= T(1e8) || smallest < T(0.0001) || largest / smallest > 1000);
    std::vector<std::string> all;
    std::size_t left = 0;
    std::size_t right = 0;
    for (const T value : values) {
        std::string& text = all.emplace_back();
        if (!std::isfinite(value)) continue;
        text = exponents ? scientific(value).first : positional(value);
        left = std::max(left, text.find('.'));
        right = std::max(right, text.size() - text.find('.') - 1);
    }
    std::size_t exponent_digits = 0;
    std::size_t width = left + 1 + right;
    if (exponents) {
        // All have as many digits, of the value itself where its shortest text has fewer.
        for (const T value : values) {
            if (std::isfinite(value)) exponent_digits = std::max(exponent_digits, scientific(value).second.size());
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i])) continue;
            const std::string whole = chars(values[i], std::chars_format::scientific, static_cast<int>(right));
            const std::size_t e = whole.find('e');
            std::string exponent = whole.substr(e);
            exponent.insert(2, exponent_digits - exponent.size(), '0');
            all[i] = whole.substr(0, e) + (right == 0 ? "." : "") + exponent;
        }
        width += exponent_digits;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isfinite(values[i])) continue;
        all[i] = not_finite(static_cast<double>(values[i]));
        width = std::max(width, all[i].size());
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isfinite(values[i]) && !exponents) {
            const std::size_t digits = all[i].size() - all[i].find('.') - 1;
            all[i].append(right - digits, ' ');
        }
        pad_left(all[i], width);
    }
    return all;
}

template <class T>
std::vector<std::string> texts(const std::vector<T>& values) requires std::is_integral_v<T> {
    std::vector<std::string> all;
    std::size_t width = 0;
    for (const T value : values) width = std::max(width, all.emplace_back(std::to_string(value)).size());
    for (std::string& text : all) pad_left(text, width);
    return all;
}

/// Visits the places along an axis that are shown; -1 stands for those left out.
template <class Visit>
void along(std::int64_t size, bool shortened, const Visit& visit) {
    const bool cut = shortened && size > 2 * edge;
    for (std::int64_t i = 0; i < size; ++i) {
        if (cut && i == edge) {
            visit(std::int64_t{-1});
            i = size - edge;
        }
        visit(i);
    }
}

class Printer {
public:
    explicit Printer(const Tensor& tensor) : shape_(tensor.shape()), shortened_(tensor.size() > threshold) {
        collect(0, 0);
        switch (tensor.dtype()) {
            case DType::float32: format<float>(tensor); break;
            case DType::float64: format<double>(tensor); break;
            case DType::int32: format<std::int32_t>(tensor); break;
            case DType::int64: format<std::int64_t>(tensor); break;
            case DType::uint8: format<std::uint8_t>(tensor); break;
            case DType::bfloat16: format<float>(tensor.cast(DType::float32)); break;
        }
    }

    std::string text() {
        if (shape_.rank() == 0) return scalar();
        if (shape_.elements() == 0) return "[]";
        return rows(0, 1);
    }

private:
    /// The elements shown, in order.
    void collect(std::size_t axis, std::int64_t offset) {
        if (axis == shape_.rank()) return shown_.push_back(static_cast<std::size_t>(offset));
        along(shape_[axis], shortened_, [&](std::int64_t i) {
            if (i >= 0) collect(axis + 1, offset * shape_[axis] + i);
        });
    }

    template <class T>
    void format(const Tensor& tensor) {
        std::vector<T> values;
        values.reserve(shown_.size());
        for (const std::size_t place : shown_) values.push_back(tensor.data<T>()[place]);
        texts_ = texts(values);
    }

    std::string scalar() {
        std::string& text = texts_.front();
        text.erase(0, text.find_first_not_of(' '));
        return text.ends_with('.') ? text + "0" : text;
    }

    // _formatArray: elements side by side up to the line's width, rows below each other, an empty line more a level.
    std::string rows(std::size_t axis, std::size_t indent) {
        const std::size_t below = shape_.rank() - axis - 1;
        std::string all;
        if (below == 0) {
            std::string line;
            const auto put = [&](const std::string& word) {
                // Room for the brackets that may close behind it.
                if (line.size() + word.size() + indent > line_width - (axis + 1) && !line.empty()) {
                    while (line.ends_with(' ')) line.pop_back();
                    all += line + "\n" + std::string(indent, ' ');
                    line.clear();
                }
                line += word + " ";
            };
            along(shape_[axis], shortened_, [&](std::int64_t i) { put(i < 0 ? "..." : texts_[next_++]); });
            line.pop_back();
            all += line;
            return "[" + all + "]";
        }
        const std::string separator = std::string(below, '\n') + std::string(indent, ' ');
        along(shape_[axis], shortened_, [&](std::int64_t i) {
            if (!all.empty()) all += separator;
            all += i < 0 ? "..." : rows(axis + 1, indent + 1);
        });
        return "[" + all + "]";
    }

    const Shape shape_;
    const bool shortened_;
    std::vector<std::size_t> shown_;
    std::vector<std::string> texts_;
    std::size_t next_ = 0;
};

}  // namespace

std::ostream& operator<<(std::ostream& output, const Tensor& tensor) {
    if (!tensor.defined()) return output << "Tensor()";
    // One piece of text, which no locale of the stream reaches.
    return output << "Tensor(" + std::string(tensor.shape().rank() > 0 ? "\n" : "") + Printer(tensor).text() +
                         ", shape=" + tensor.shape().str() + ", dtype=" + std::string(name_of(tensor.dtype())) + ")";
}

std::ostream& operator<<(std::ostream& output, const Shape& shape) { return output << shape.str(); }

}  // namespace markhor
