/** A picture twice as fine as the screen's, so that it stays sharp on a slide. */
const PNG_SCALE = 2;
/** Beyond this browsers give no canvas; the picture is made as fine as it may be. */
const LARGEST_SIDE = 8192;

export class PictureError extends Error {
  override name = "PictureError";
}

/** Hands a file to the browser's own downloads. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the address only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function toSvgBlob(svg: string): Blob {
  return new Blob([svg], { type: "image/svg+xml" });
}

/** @throws PictureError when the browser cannot draw it */
export async function toPngBlob(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(toSvgBlob(svg));
  try {
    const image = await load(url);
    const scale = Math.min(PNG_SCALE, LARGEST_SIDE / Math.max(image.width, image.height, 1));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob === null) throw new PictureError(`This browser made no picture of ${canvas.width} × ${canvas.height} pixels.`);
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function load(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new PictureError("This browser could not draw the picture."));
    image.src = url;
  });
}
