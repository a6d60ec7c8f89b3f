/** The version that --version prints and clients are told. */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
