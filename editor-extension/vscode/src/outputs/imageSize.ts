/**
 * The size of an image, from the metadata of its output or from its first bytes.
 *
 * Owns the headers of PNG, GIF, JPEG and WebP, and the size of SVG. Must not import VS Code, so that its
 * tests need none. Sources: PNG 11.2.2, GIF89a 18, ITU-T T.81 B.2.2, RFC 9649 2.5 to 2.7, SVG 2 8.2.
 */

/** A size in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Characters of base64, or of SVG, that contain the size. A JPEG may have long notes before it. */
const HEAD = 64 * 1024;

/** Return the size at which an image should be shown; undefined if it is unknown. */
export function imageSize(mime: string, content: string, metadata: unknown): Size | undefined {
  const given = metadataSize(metadata);
  const own = mime === "image/svg+xml" ? svgSize(content.slice(0, HEAD)) : bytesSize(content);
  const ratio = own !== undefined && own.height > 0 ? own.width / own.height : undefined;
  // One of the two lengths is enough: the other follows from the image's own proportions.
  if (given.width !== undefined && given.height !== undefined) return { width: given.width, height: given.height };
  if (given.width !== undefined && ratio !== undefined) return { width: given.width, height: given.width / ratio };
  if (given.height !== undefined && ratio !== undefined) return { width: given.height * ratio, height: given.height };
  return own;
}

/** Return the width and the height that the code has requested, such as by `Image(…, width=300)`. */
function metadataSize(metadata: unknown): Partial<Size> {
  if (typeof metadata !== "object" || metadata === null) return {};
  const { width, height } = metadata as Record<string, unknown>;
  return { ...(isLength(width) && { width }), ...(isLength(height) && { height }) };
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 1;
}

function bytesSize(base64: string): Size | undefined {
  const head = Buffer.from(base64.slice(0, HEAD), "base64");
  const size = pngSize(head) ?? gifSize(head) ?? jpegSize(head) ?? webpSize(head);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function pngSize(head: Buffer): Size | undefined {
  return head.length >= 24 && head.toString("latin1", 1, 4) === "PNG"
    ? { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }
    : undefined;
}

function gifSize(head: Buffer): Size | undefined {
  return head.length >= 10 && head.toString("latin1", 0, 3) === "GIF"
    ? { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }
    : undefined;
}

function jpegSize(head: Buffer): Size | undefined {
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff; at += 2 + head.readUInt16BE(at + 2)) {
    const marker = head.readUInt8(at + 1);
    // Frame headers, without the markers for tables and arithmetic coding in the same range.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    }
  }
  return undefined;
}

function webpSize(head: Buffer): Size | undefined {
  if (head.length < 30 || head.toString("latin1", 8, 12) !== "WEBP") return undefined;
  switch (head.toString("latin1", 12, 16)) {
    case "VP8 ":
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    case "VP8L": {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

const PIXELS: Record<string, number> = { "": 1, px: 1, pt: 4 / 3, pc: 16, in: 96, cm: 96 / 2.54, mm: 96 / 25.4 };

/** Return the size of the root element, or that of its view box. */
function svgSize(text: string): Size | undefined {
  const root = /<svg\b[^>]*>/i.exec(text)?.[0] ?? "";
  const length = (name: string): number | undefined => {
    const [, number = "", unit = ""] =
      new RegExp(`\\s${name}\\s*=\\s*["']\\s*(\\d+(?:\\.\\d*)?|\\.\\d+)\\s*([a-z]*)\\s*["']`, "i").exec(root) ?? [];
    const pixels = Number(number) * (PIXELS[unit.toLowerCase()] ?? NaN);
    return number !== "" && pixels > 0 ? pixels : undefined;
  };
  const width = length("width");
  const height = length("height");
  if (width !== undefined && height !== undefined) return { width, height };
  const box = /\sviewBox\s*=\s*["']([^"']*)["']/.exec(root)?.[1]?.trim().split(/[\s,]+/).map(Number) ?? [];
  const [, , boxWidth = NaN, boxHeight = NaN] = box;
  return boxWidth > 0 && boxHeight > 0 ? { width: boxWidth, height: boxHeight } : undefined;
}
