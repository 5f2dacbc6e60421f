// BackupAndRestore: a run that was killed goes on where its last backup was.
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "model/backup.hpp"
#include "model/model_base.hpp"
#include "model/trainer.hpp"
#include "training/optimizer.hpp"

namespace markhor::callbacks {
namespace {

class BackupCallback final : public Callback {
public:
    BackupCallback(const std::filesystem::path& folder, const BackupAndRestoreOptions& options)
        : file_(folder / "training.backup"), options_(options) {
        if (options.save_freq < 0) {
            throw ValueError("BackupAndRestore: save_freq is " + std::to_string(options.save_freq) +
                             "; 0 (each epoch) or a number of batches is wanted");
        }
    }

    void set_params(const CallbackParams& params) override { params_ = params; }

    void on_train_begin(Model& model) override {
        std::error_code failure;
        std::filesystem::create_directories(file_.parent_path(), failure);
        if (failure) {
            throw FileError(file_.parent_path().string() +
                            ": BackupAndRestore cannot make the folder: " + failure.message());
        }
        remove_half_written();
        Trainer& trainer = model.model_base()->trainer();
        if (std::filesystem::exists(file_)) trainer.resume(read_backup(file_, variables(model)));
        position_ = trainer.position();
    }
    void on_epoch_begin(Model& model, int) override { position_ = model.model_base()->trainer().position(); }
    void on_train_batch_end(Model& model, std::int64_t batch, const Logs&) override {
        position_.batch = batch + 1;
        if (options_.save_freq > 0 && position_.batch % options_.save_freq == 0) write(model);
    }
    void on_epoch_end(Model& model, int, Logs&) override {
        // A run that was stopped within an epoch is to go on there.
        if (position_.batch == params_.steps) {
            ++position_.epoch;
            position_.batch = 0;
        }
        write(model);
    }
    void on_train_end(Model&, const Logs&) override {
        if (!options_.delete_checkpoint || position_.batch != 0) return;
        std::error_code none;
        std::filesystem::remove(file_, none);
    }

private:
    /// What a run left that was killed as it wrote.
    void remove_half_written() const {
        std::error_code failure;
        const std::string start = file_.filename().string() + ".";
        for (const auto& entry : std::filesystem::directory_iterator(file_.parent_path(), failure)) {
            const std::string name = entry.path().filename().string();
            std::error_code ignored;
            if (name.starts_with(start) && name.ends_with(".tmp")) std::filesystem::remove(entry.path(), ignored);
        }
    }
    static std::vector<VariablePtr> variables(const Model& model) {
        std::vector<VariablePtr> all = model.weights();
        const std::vector<VariablePtr>& state = model.optimizer().base()->variables();
        all.insert(all.end(), state.begin(), state.end());
        return all;
    }
    void write(const Model& model) const { write_backup(file_, position_, variables(model)); }

    const std::filesystem::path file_;
    const BackupAndRestoreOptions options_;
    CallbackParams params_;
    RunPosition position_;
};

}  // namespace

CallbackPtr BackupAndRestore(const std::filesystem::path& backup_dir, const BackupAndRestoreOptions& options) {
    if (options.save_freq < 0) {
        throw ValueError("BackupAndRestore: save_freq is " + std::to_string(options.save_freq) +
                         "; at least 0 is expected");
    }
    return std::make_shared<BackupCallback>(backup_dir, options);
}

}  // namespace markhor::callbacks
