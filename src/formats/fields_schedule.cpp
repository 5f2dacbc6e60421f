// Learning rates as Keras's JSON configs: a number, or a schedule in its serialized form.
#include <markhor/error.hpp>

#include "formats/fields_json.hpp"
#include "formats/json.hpp"
#include "training/schedule.hpp"

namespace markhor::formats {

using nlohmann::json;

void FieldReader::field(const char* key, std::vector<double>& value) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_array()) refuse(key, *found, "a list of numbers");
    value.clear();
    for (const json& item : *found) value.push_back(number(key, item));
}

void FieldReader::field(const char* key, LearningRate& value) {
    const json* found = find(key);
    if (!found) return;
    if (!found->is_object()) {
        value = number(key, *found);
        return;
    }
    const std::string where = where_ + ": '" + key + "'";
    const std::string class_name = string_member(*found, "class_name", where);
    const std::shared_ptr<ScheduleBase> schedule = make_schedule(class_name);
    if (!schedule) throw ValueError(where + " is a schedule of the unknown class '" + class_name + "'");
    FieldReader reader(member(*found, "config", where), where);
    schedule->describe(reader);
    schedule->check();
    value = Schedule(schedule);
}

void FieldWriter::field(const char* key, LearningRate& value) {
    if (!value.schedule()) {
        config_[key] = value.value();
        return;
    }
    // A visitor may change what it sees; this one does not.
    auto& schedule = const_cast<ScheduleBase&>(*value.schedule());
    json config = json::object();
    FieldWriter writer(config);
    schedule.describe(writer);
    config_[key] = {{"module", "keras.optimizers.schedules"},
                    {"class_name", schedule.class_name()},
                    {"config", std::move(config)},
                    {"registered_name", nullptr}};
}

}  // namespace markhor::formats
