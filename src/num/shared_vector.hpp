#pragma once
// A vector that its copies share until one of them is written: networks are rewritten by copying their nodes, and a
// network's weights are all its memory. Reading goes through const access; edit() is the one way to write in place.
#include <initializer_list>
#include <memory>
#include <vector>

namespace lrproof::num {

template <class T>
class SharedVector {
 public:
  SharedVector() = default;
  SharedVector(std::vector<T> values)
      : held_(values.empty() ? nullptr : std::make_shared<std::vector<T>>(std::move(values))) {}
  SharedVector(std::initializer_list<T> values) : SharedVector(std::vector<T>(values)) {}

  const std::vector<T>& values() const {
    static const std::vector<T> kNone;
    return held_ ? *held_ : kNone;
  }
  operator const std::vector<T>&() const { return values(); }
  std::size_t size() const { return held_ ? held_->size() : 0; }
  bool empty() const { return size() == 0; }
  const T* data() const { return held_ ? held_->data() : nullptr; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  const T& operator[](std::size_t k) const { return (*held_)[k]; }
  const T& back() const { return held_->back(); }

  /// The values to write to, of this vector alone: what others share is copied first.
  std::vector<T>& edit() {
    if (!held_)
      held_ = std::make_shared<std::vector<T>>();
    else if (held_.use_count() != 1)
      held_ = std::make_shared<std::vector<T>>(*held_);
    return *held_;
  }
  void push_back(T value) { edit().push_back(std::move(value)); }
  void reserve(std::size_t count) { edit().reserve(count); }

  /// Is it the same storage? Then the values are equal without a look at them.
  bool shares(const SharedVector& other) const { return held_ == other.held_; }
  friend bool operator==(const SharedVector& a, const SharedVector& b) {
    return a.held_ == b.held_ || a.values() == b.values();
  }

 private:
  std::shared_ptr<std::vector<T>> held_;
};

}  // namespace lrproof::num
