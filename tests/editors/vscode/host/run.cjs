// Where VS Code's extension host begins the tests beside it. Each step is told at once, over a socket
// in this folder, so that whoever waits sees how far they are; mocha is given by the extension's packages.
const net = require("node:net");
const path = require("node:path");

exports.run = async () => {
  const library = require("mocha");
  const Mocha = library.default ?? library;
  const wire = net.connect(path.join(__dirname, "report.sock"));
  await new Promise((resolve, reject) => wire.once("connect", resolve).once("error", reject));
  const tell = (what) => wire.write(`${JSON.stringify(what)}
`);
  // What comes later builds on what was before, so the first fault ends the run.
  // With HOST_TESTS, only those run whose titles match it.
  const grep = process.env.HOST_TESTS;
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000, bail: true, reporter: function () {}, ...(grep ? { grep } : {}) });
  mocha.addFile(path.join(__dirname, "suite.cjs"));
  await new Promise((resolve) => {
    const runner = mocha.run((failures) => {
      tell({ event: "end", failures });
      wire.end(resolve);
    });
    runner.on("test", (test) => tell({ event: "begin", title: test.fullTitle() }));
    runner.on("pass", (test) => tell({ event: "pass", title: test.fullTitle(), ms: test.duration }));
    runner.on("fail", (test, error) => {
      tell({ event: "fail", title: test.fullTitle(), why: error.stack ?? String(error) });
    });
  });
};
