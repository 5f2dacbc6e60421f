// The inside of a learning rate schedule, and the table of their classes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <markhor/optimizers.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "layers/fields.hpp"

namespace markhor {

class ScheduleBase {
public:
    ScheduleBase() = default;
    ScheduleBase(const ScheduleBase&) = delete;
    ScheduleBase& operator=(const ScheduleBase&) = delete;
    virtual ~ScheduleBase() = default;

    /// Keras's class name: "CosineDecay".
    virtual std::string_view class_name() const = 0;
    /// The table of Keras's config keys, in Keras's order.
    virtual void describe(FieldVisitor& visitor) = 0;
    /// Called once after construction or reading; throws ValueError.
    virtual void check() const = 0;
    /// The rate after `step` steps.
    virtual double at(double step) const = 0;
};

/// Class name -> how to make a schedule, to be filled through describe() and then check()ed. Null for an unknown class.
std::shared_ptr<ScheduleBase> make_schedule(std::string_view class_name);

}  // namespace markhor
