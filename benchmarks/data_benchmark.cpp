// Images a second from JPEG files to batches: decoding and resizing, whole and scaled, with augmentation, and from the
// cache.
#include <benchmark/benchmark.h>

#include <cstdio>  // before jpeglib.h, which needs FILE
//
#include <jpeglib.h>

#include <cmath>
#include <filesystem>
#include <markhor/augmentation.hpp>
#include <markhor/utils.hpp>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// 64 pictures of 1024x768 in two classes; gone when the program ends.
class Pictures {
public:
    Pictures() : folder(fs::temp_directory_path() / "markhor_data_benchmark") {
        for (const char* name : {"a", "b"}) fs::create_directories(folder / name);
        for (int i = 0; i < 64; ++i) write(folder / (i % 2 == 0 ? "a" : "b") / (std::to_string(i) + ".jpg"), i);
    }
    ~Pictures() { fs::remove_all(folder); }
    Pictures(const Pictures&) = delete;
    Pictures& operator=(const Pictures&) = delete;

    const fs::path folder;

private:
    static void write(const fs::path& file, int number) {
        constexpr int width = 1024;
        constexpr int height = 768;
        std::FILE* stream = std::fopen(file.c_str(), "wb");
        if (stream == nullptr) return;  // the benchmark will say that there are no images
        jpeg_compress_struct jpeg{};
        jpeg_error_mgr errors{};
        jpeg.err = jpeg_std_error(&errors);
        jpeg_create_compress(&jpeg);
        jpeg_stdio_dest(&jpeg, stream);
        jpeg.image_width = width;
        jpeg.image_height = height;
        jpeg.input_components = 3;
        jpeg.in_color_space = JCS_RGB;
        jpeg_set_defaults(&jpeg);
        jpeg_set_quality(&jpeg, 90, TRUE);
        jpeg_start_compress(&jpeg, TRUE);
        std::vector<unsigned char> line(3 * width);
        unsigned noise = 1;
        for (int y = 0; y < height; ++y) {
            for (std::size_t x = 0; x < line.size() / 3; ++x) {
                noise = noise * 1664525U + 1013904223U;
                const double slope = 90 + 80 * std::sin((static_cast<double>(x) + number) / 17.0) * std::cos(y / 23.0);
                for (std::size_t c = 0; c < 3; ++c) {
                    line[3 * x + c] =
                        static_cast<unsigned char>(slope + 10.0 * static_cast<double>(c) + (noise >> 27U));
                }
            }
            JSAMPROW row = line.data();
            jpeg_write_scanlines(&jpeg, &row, 1);
        }
        jpeg_finish_compress(&jpeg);
        jpeg_destroy_compress(&jpeg);
        std::fclose(stream);
    }
};

markhor::Dataset pictures(bool scaled_decode) {
    static const Pictures files;
    return markhor::utils::image_dataset_from_directory(
        files.folder, {.image_size = {224, 224}, .shuffle = false, .scaled_decode = scaled_decode});
}

void read_all(benchmark::State& state, const markhor::Dataset& data) {
    for (auto step : state) {
        for (const markhor::Batch& batch : data.batches({.batch_size = 32})) benchmark::DoNotOptimize(batch.x.raw());
    }
    state.SetItemsProcessed(state.iterations() * data.size());
}

void whole(benchmark::State& state) { read_all(state, pictures(false)); }
void scaled(benchmark::State& state) { read_all(state, pictures(true)); }
void cached(benchmark::State& state) { read_all(state, pictures(false).cache()); }
void augmented(benchmark::State& state) {
    using namespace markhor::augmentation;
    read_all(
        state,
        pictures(false).map(random_flip({.mode = "horizontal"})).map(random_rotation(0.1)).map(random_contrast(0.2)));
}

BENCHMARK(whole)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(scaled)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(augmented)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(cached)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
