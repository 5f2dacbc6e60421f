// Some of a source's examples, in any order.
#include <markhor/dataset.hpp>

#include "data/view.hpp"

namespace markhor::data {
namespace {

class Selected final : public View {
public:
    Selected(SourcePtr base, std::vector<std::int64_t> items, std::vector<std::string> skipped)
        : View(std::move(base)), items_(std::move(items)), skipped_(std::move(skipped)) {}
    std::int64_t size() const override { return static_cast<std::int64_t>(items_.size()); }
    void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const override {
        base_->read_epoch(epoch, base_items(epoch, items), x, y);
    }
    std::string name(std::int64_t item) const override { return base_->name(of_base(item)); }
    std::int64_t label(std::int64_t item) const override { return base_->label(of_base(item)); }
    std::vector<std::string> skipped() const override { return skipped_; }

private:
    std::int64_t of_base(std::int64_t item) const { return items_[static_cast<std::size_t>(item)]; }
    std::vector<std::int64_t> base_items(std::int64_t, std::span<const std::int64_t> items) const override {
        std::vector<std::int64_t> moved(items.begin(), items.end());
        for (std::int64_t& item : moved) item = of_base(item);
        return moved;
    }

    const std::vector<std::int64_t> items_;
    const std::vector<std::string> skipped_;
};

}  // namespace

SourcePtr selected(SourcePtr base, std::vector<std::int64_t> items, std::vector<std::string> skipped) {
    return std::make_shared<Selected>(std::move(base), std::move(items), std::move(skipped));
}

}  // namespace markhor::data
