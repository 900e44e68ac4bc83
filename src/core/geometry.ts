/** A point; the space it lies in is in the variable's name (`noseInCrop`). Pixel centres are at half integers. */
export type Point = { readonly x: number; readonly y: number };

/** An axis-parallel box in pixels: left/top edge and size. */
export type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

/** Four corners x, y: top-left, bottom-left, bottom-right, top-right (the order of E4S b.1). Length 8. */
export type Quad = Float64Array;

/** A 3x3 projective transform, row-major, length 9. Named `toFromFrom`: `cropFromFrame` maps frame to crop. */
export type Transform = Float64Array;
