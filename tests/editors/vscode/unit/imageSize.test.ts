import * as assert from "node:assert/strict";
import { imageSize } from "../../../../editor-extension/vscode/src/outputs/imageSize";

const base64 = (...parts: (string | number[])[]): string =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part)))).toString("base64");

const PNG = base64("\x89PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 2, 128, 0, 0, 1, 224, 8]);
const GIF = base64("GIF89a", [10, 0, 20, 0, 0]);
const JPEG = base64([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 2, 0xff, 0xc2, 0, 11, 8, 0, 30, 1, 44, 3, 1]);
const webp = (kind: string, data: number[]): string => base64("RIFF", [0, 0, 0, 0], "WEBP", kind, [0, 0, 0, 0], data, Array<number>(12).fill(0));
const svg = (attributes: string): string => `<?xml version="1.0"?>\n<!-- drawn -->\n<svg ${attributes}><path/></svg>`;

describe("the size of an image", () => {
  it("is in the first bytes", () => {
    assert.deepEqual(imageSize("image/png", PNG, undefined), { width: 640, height: 480 });
    assert.deepEqual(imageSize("image/gif", GIF, undefined), { width: 10, height: 20 });
    assert.deepEqual(imageSize("image/jpeg", JPEG, undefined), { width: 300, height: 30 });
    assert.deepEqual(imageSize("image/webp", webp("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 200, 0, 100, 0]), {}), { width: 200, height: 100 });
    assert.deepEqual(imageSize("image/webp", webp("VP8L", [0x2f, 199, 192, 24, 0]), {}), { width: 200, height: 100 });
    assert.deepEqual(imageSize("image/webp", webp("VP8X", [0, 0, 0, 0, 199, 0, 0, 99, 0, 0]), {}), { width: 200, height: 100 });
  });

  it("is in the root element of SVG, or in its view box", () => {
    const size = (attributes: string) => imageSize("image/svg+xml", svg(attributes), {});
    assert.deepEqual(size('width="120" height="40px"'), { width: 120, height: 40 });
    assert.deepEqual(size("width='72pt' height='36pt' viewBox='0 0 9 9'"), { width: 96, height: 48 });
    assert.deepEqual(size('width="100%" height="100%" viewBox="0 0 300,150"'), { width: 300, height: 150 });
    assert.equal(size('width="100%" stroke-width="3" height="2"'), undefined);
  });

  it("is what the code requests, with the proportions of the image", () => {
    assert.deepEqual(imageSize("image/png", PNG, { width: 320, height: 240 }), { width: 320, height: 240 });
    assert.deepEqual(imageSize("image/png", PNG, { width: 320 }), { width: 320, height: 240 });
    assert.deepEqual(imageSize("image/png", PNG, { height: 120 }), { width: 160, height: 120 });
    assert.deepEqual(imageSize("image/png", PNG, { width: "320", height: -1 }), { width: 640, height: 480 });
  });

  it("is unknown for anything else", () => {
    for (const content of ["", "iVBOR", "no image", base64([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff]), base64("GIF89a", [0, 0, 0, 0])]) {
      assert.equal(imageSize("image/png", content, null), undefined);
    }
  });
});
