/** Sanitizes the HTML of descriptions. It replaces the package `sanitize-html`, which is as large as the frame. */

import DOMPurify from "dompurify";

interface Options {
  allowedTags: string[];
}

export default function sanitize(html: string, { allowedTags }: Options): string {
  const allowed = { ALLOWED_TAGS: allowedTags, ALLOWED_ATTR: ["class", "style", "title", "href", "src"], ALLOW_ARIA_ATTR: true };
  return DOMPurify.sanitize(html, allowed);
}
