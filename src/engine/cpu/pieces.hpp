// Work in as many pieces as the plan has threads, each with scratch of its own.
#pragma once

#include "engine/cpu/kernels.hpp"

namespace markhor::cpu {

/// Calls body(piece, its first item, the one after its last) for all pieces, over threads.
template <class Body>
void for_pieces(const Pieces& pieces, const Body& body) {
    parallel_for(pieces.count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t piece = begin; piece < end; ++piece) body(piece, pieces.begin(piece), pieces.end(piece));
    });
}

/// Scratch of a piece, a page away from the next one's and from what lies around all of it: what a core fetches ahead,
/// never beyond a page, it would take from the core that is writing there.
class PieceScratch {
public:
    template <class T = float>
    std::size_t take(std::int64_t elements) {
        return own_.take<T>(elements);
    }
    std::size_t bytes(const Pieces& pieces) const { return static_cast<std::size_t>(pieces.count) * step() + page; }
    template <class T = float>
    T* at(const KernelArguments& a, std::size_t place, std::int64_t piece) const {
        return Scratch::at<T>(a, page + static_cast<std::size_t>(piece) * step() + place);
    }
    /// Bytes from one piece's to the next one's.
    std::size_t step() const { return own_.bytes() + page; }

private:
    static constexpr std::size_t page = 4096;

    Scratch own_;
};

}  // namespace markhor::cpu
