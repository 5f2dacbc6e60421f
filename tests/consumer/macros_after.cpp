// The macros come behind Markhor's headers: `none` goes on, and None is the macro's.
#include <markhor/markhor.hpp>
//
#include "foreign_macros.hpp"

namespace keras = markhor;

int main() {
    const auto x = keras::Input({keras::none, keras::none, 3});
    return x.shape()[1] == keras::none && None == 0L ? 0 : 1;
}
