// report_sample FOLDER: writes the sample reports in every format, for validators and for looking at them.
#include <cstdio>
#include <string>

#include "report/file.hpp"
#include "sample.hpp"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  for (const std::string name : {"digits", "hostile"})
    for (const std::string extension : {".json", ".md", ".html", ".txt"}) {
      const auto report = name == "digits" ? sample::digits() : sample::hostile();
      const auto status = lrproof::report::write_report(report, std::string(arguments[1]) + "/" + name + extension);
      if (!status) return std::fprintf(stderr, "%s\n", status.error().text().c_str()), 1;
    }
  return 0;
}
