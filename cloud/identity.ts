/** As whom, and where, everything the SDK opens in this process acts: what is asked for wins over what the environment says. */
export const actAs = ({ profile, region }: { profile?: string; region?: string }): void => {
  if (region !== undefined) process.env.AWS_REGION = region
  if (profile === undefined) return
  process.env.AWS_PROFILE = profile
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name]
}
