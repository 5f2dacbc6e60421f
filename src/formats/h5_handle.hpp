// HDF5's C API with owners for its handles. The library is not thread-safe: hold hdf5_mutex() around its use.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <utility>

namespace markhor::formats {

class H5Handle {
public:
    using Close = herr_t (*)(hid_t);
    H5Handle(hid_t id, Close close) : id_(id), close_(close) {}
    ~H5Handle() { reset(); }
    H5Handle(H5Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
    H5Handle& operator=(H5Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    explicit operator bool() const noexcept { return id_ >= 0; }
    hid_t get() const noexcept { return id_; }
    /// Closes now; whether that worked.
    bool reset() noexcept { return id_ < 0 || close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

private:
    hid_t id_;
    Close close_;
};

std::mutex& hdf5_mutex();

/// HDF5 prints its errors on stderr unless told not to; exceptions here say what went wrong.
class H5Quiet {
public:
    H5Quiet() {
        H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~H5Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
    H5Quiet(const H5Quiet&) = delete;
    H5Quiet& operator=(const H5Quiet&) = delete;

private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

}  // namespace markhor::formats
