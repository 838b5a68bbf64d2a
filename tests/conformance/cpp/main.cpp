/* Runs the generated cases against the mock.
 *
 * Usage: conformance [URL [PART]]. Without a URL, SNAPLINE_MOCK_URL names the mock. With PART only
 * cases whose name holds it are run. The last line is `N passed, N failed`. */

#include <cstdlib>
#include <ctime>

#include "check.hpp"

int main(int count, char** given) {
    const char* variable = std::getenv("SNAPLINE_MOCK_URL");
    const std::string url = count > 1 ? given[1] : variable == nullptr ? "" : variable;
    const std::string part = count > 2 ? given[2] : "";
    if (url.empty()) {
        std::cerr << "name the mock: conformance http://127.0.0.1:PORT, or set SNAPLINE_MOCK_URL\n";
        return 2;
    }
    // The mock keeps its place in a case for each run.
    const std::string run_id = "cpp-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(__cplusplus);
    unsigned passed = 0;
    unsigned broken = 0;
    for (const Case& it : all_cases) {
        if (std::string_view(it.name).find(part) == std::string_view::npos) continue;
        Run run(url, run_id, it.name);
        try {
            it.run(run);
        } catch (const snapline::Error& error) {
            run.failed("call") << error.what() << '\n';
        }
        if (run.failures() == 0) {
            ++passed;
        } else {
            ++broken;
            std::cout << "FAILED " << it.name << '\n';
        }
    }
    std::cout << passed << " passed, " << broken << " failed" << std::endl;
    return broken == 0 && passed > 0 ? 0 : 1;
}
