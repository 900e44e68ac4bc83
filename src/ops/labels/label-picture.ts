/** What a face's crop shows where. */
export type LabelPicture = {
  /** [12,S,S]. */
  readonly probabilities: Float32Array;
  /** [S,S]: the likeliest of each pixel. */
  readonly labels: Uint8Array;
};
