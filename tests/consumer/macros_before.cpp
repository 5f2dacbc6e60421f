// Xlib's and windows.h's macros come first: everything works, `none` is the size that is not fixed.
#include "foreign_macros.hpp"
//
#include <markhor/markhor.hpp>

namespace keras = markhor;

int main() {
    const auto x = keras::Input({keras::none, keras::none, 3});
    const keras::Shape shape{keras::none, 28, 28, 1};
    return x.shape().rank() == shape.rank() ? 0 : 1;
}
