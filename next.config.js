import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));

/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  // The edge (lib/server/edge.ts) sets headers and refuses paths itself; Next must not redirect before it has spoken.
  skipTrailingSlashRedirect: true,
  productionBrowserSourceMaps: false,
  images: { unoptimized: true },
  // A lock file above this folder must not be taken for the workspace's root.
  outputFileTracingRoot: root,
  turbopack: { root },
  // `npm run check` checks types of everything, tests included; a start should not wait for it again.
  typescript: { ignoreBuildErrors: true },
  // Event streams must not be gzipped into one late lump, and everything else is on loopback.
  compress: false,
};
