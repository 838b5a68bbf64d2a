// Reads pairs of documents as JSON and says of each, a line a pair, whether api-smart-diff and openapi-diff
// find that something breaks; null where one of them gives up.
const fs = require("fs");
const { createRequire } = require("module");

const [tools, file] = process.argv.slice(2);
const installed = createRequire(tools + "/");
const { apiCompare } = installed("api-smart-diff");
const { diffSpecs } = installed("openapi-diff");

// What they complain of beside the answer is no part of it.
console.error = () => {};

async function either(judge) {
  try {
    return await judge();
  } catch {
    return null;
  }
}

async function main() {
  for (const { name, old, new: later } of JSON.parse(fs.readFileSync(file, "utf8"))) {
    const info = { title: "A", version: "1" };
    const spec = (document) => ({
      content: JSON.stringify({ info, ...document }),
      location: name,
      format: "openapi3",
    });
    const smart = await either(() => apiCompare(structuredClone(old), structuredClone(later)).diffs.some((one) => one.type === "breaking"));
    const plain = await either(async () => {
      const outcome = await diffSpecs({ sourceSpec: spec(old), destinationSpec: spec(later) });
      return outcome.breakingDifferencesFound;
    });
    console.log(JSON.stringify({ name, "api-smart-diff": smart, "openapi-diff": plain }));
  }
}

main();
