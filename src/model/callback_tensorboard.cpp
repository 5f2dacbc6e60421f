// TensorBoard's event files: TFRecords (length, masked CRC-32C, bytes, masked CRC-32C) of Event messages, which are few
// enough to be written by hand: wall_time = 1 (double), step = 2 (varint), file_version = 3 (string), summary = 5 {
// value = 1 { tag = 1 (string), simple_value = 2 (float) } }.
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "core/text.hpp"

namespace markhor::callbacks {
namespace {

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82F63B78U & (0U - (crc & 1U)));
    }
    return ~crc;
}

template <class T>
std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string masked_crc(std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return raw(static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xA282EAD8U));
}

std::string record(const std::string& message) {
    const std::string length = raw(static_cast<std::uint64_t>(message.size()));
    return length + masked_crc(length) + message + masked_crc(message);
}

std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
    return bytes + static_cast<char>(value);
}

/// A field of bytes: its number and wire type 2, the length, the bytes.
std::string bytes_field(int number, const std::string& bytes) {
    return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}

double wall_time() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string event(const std::string& content, std::uint64_t step) {
    return "\x09" + raw(wall_time()) + "\x10" + varint(step) + content;
}

class EventFile {
public:
    explicit EventFile(const std::filesystem::path& folder) {
        std::error_code failure;
        std::filesystem::create_directories(folder, failure);
        std::array<char, 64> host{};
        gethostname(host.data(), host.size() - 1);
        path_ = folder / ("events.out.tfevents." + std::to_string(static_cast<long long>(wall_time())) + "." +
                          host.data() + "." + std::to_string(getpid()) + ".0.v2");
        file_.open(path_, std::ios::binary);
        write(event(bytes_field(3, "brain.Event:2"), 0));
    }
    void scalar(const std::string& tag, double value, std::uint64_t step) {
        const std::string entry = bytes_field(1, text::printable(tag)) + "\x15" + raw(static_cast<float>(value));
        write(event(bytes_field(5, bytes_field(1, entry)), step));
    }

private:
    void write(const std::string& message) {
        file_ << record(message) << std::flush;
        if (!file_) throw FileError(path_.string() + ": TensorBoard cannot write it");
    }
    std::filesystem::path path_;
    std::ofstream file_;
};

class TensorBoardCallback final : public Callback {
public:
    explicit TensorBoardCallback(std::filesystem::path folder) : folder_(std::move(folder)) {}
    void on_train_begin(Model&) override {
        training_.reset();
        validation_.reset();
    }
    void on_epoch_end(Model& model, int epoch, Logs& logs) override {
        if (!training_) training_.emplace(folder_ / "train");
        const auto step = static_cast<std::uint64_t>(epoch);
        for (const auto& [name, value] : logs) {
            if (!name.starts_with("val_")) {
                training_->scalar("epoch_" + name, value, step);
                continue;
            }
            if (!validation_) validation_.emplace(folder_ / "validation");
            validation_->scalar("epoch_" + name.substr(4), value, step);
        }
        if (!logs.contains("learning_rate")) {
            training_->scalar("epoch_learning_rate", model.optimizer().learning_rate(), step);
        }
    }

private:
    const std::filesystem::path folder_;
    std::optional<EventFile> training_;
    std::optional<EventFile> validation_;
};

}  // namespace

CallbackPtr TensorBoard(const std::filesystem::path& log_dir) { return std::make_shared<TensorBoardCallback>(log_dir); }

}  // namespace markhor::callbacks
