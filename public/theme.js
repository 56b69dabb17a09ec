// Runs before the first paint, so that a chosen theme never flashes in late. The page's policy allows no inline script.
try {
  const theme = JSON.parse(localStorage.getItem('pare.settings') ?? '{}').theme;
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be refused; the device's theme is then right.
}
