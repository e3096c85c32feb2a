// Patches of the generators that npm has: JSON pairs on stdin, for each generator patches and milliseconds on stdout.
// Usage: node patches.mjs NODE_MODULES
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const fast = require("fast-json-patch");
const rfc6902 = require("rfc6902");
const jsondiffpatch = await import(pathToFileURL(`${process.argv[2]}/jsondiffpatch/lib/index.js`));
const formatter = await import(pathToFileURL(`${process.argv[2]}/jsondiffpatch/lib/formatters/jsonpatch.js`));
const differ = jsondiffpatch.create({
  objectHash: (item, index) => item.id ?? item.key ?? item.name ?? `$$index:${index}`,
});

const makers = {
  "fast-json-patch": (source, target) => fast.compare(source, target),
  rfc6902: (source, target) => rfc6902.createPatch(source, target),
  jsondiffpatch: (source, target) => formatter.format(differ.diff(source, target)) ?? [],
};

function attempt(make, [source, target]) {
  try {
    return make(source, target);
  } catch (error) {
    return null;
  }
}

const pairs = JSON.parse(readFileSync(0, "utf8"));
const found = {};
for (const [name, make] of Object.entries(makers)) {
  const copy = structuredClone(pairs);
  const start = performance.now();
  const patches = copy.map((pair) => attempt(make, pair));
  found[name] = { ms: performance.now() - start, patches };
}
process.stdout.write(JSON.stringify(found));
