import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { Providers } from "@/components/providers";
import { parseTheme } from "@/components/theme/theme";
import "./globals.css";

export const metadata: Metadata = { title: "Padlock", description: "Who talks to whom, whether it is mutual TLS, and what happens under STRICT." };
export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: React.ReactNode }) {
  // The chosen theme comes with the first byte, so that nothing flashes; without a choice the style sheet follows the system.
  const theme = parseTheme((await cookies()).get("padlock-theme")?.value);
  return (
    <html lang="en" data-theme={theme} suppressHydrationWarning>
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
