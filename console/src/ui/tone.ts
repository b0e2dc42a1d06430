/** What a color means. The words and the sign say it too, for readers who do not see the color. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'neutral'
