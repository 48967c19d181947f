/** Whether the long versions of tests are asked for: `SM_LONG=1`. */
export const isLong = process.env.SM_LONG === '1'
