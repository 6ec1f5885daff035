// Entry point of the tests in VS Code's extension host. Each step is reported over a socket in this
// folder. mocha is one of the extension's packages.
const net = require("node:net");
const path = require("node:path");

exports.run = async () => {
  const library = require("mocha");
  const Mocha = library.default ?? library;
  const wire = net.connect(path.join(__dirname, "report.sock"));
  await new Promise((resolve, reject) => wire.once("connect", resolve).once("error", reject));
  const report = (event) => wire.write(`${JSON.stringify(event)}
`);
  // What comes later builds on what was before, so the first fault ends the run.
  // With HOST_TESTS, only those run whose titles match it.
  const grep = process.env.HOST_TESTS;
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000, bail: true, reporter: function () {}, ...(grep ? { grep } : {}) });
  mocha.addFile(path.join(__dirname, "suite.cjs"));
  await new Promise((resolve) => {
    const runner = mocha.run((failures) => {
      report({ event: "end", failures });
      wire.end(resolve);
    });
    runner.on("test", (test) => report({ event: "begin", title: test.fullTitle() }));
    runner.on("pass", (test) => report({ event: "pass", title: test.fullTitle(), ms: test.duration }));
    runner.on("fail", (test, error) => {
      report({ event: "fail", title: test.fullTitle(), why: error.stack ?? String(error) });
    });
  });
};
