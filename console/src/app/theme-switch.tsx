import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../ui/button'

const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const words: Readonly<Record<Theme, string>> = { system: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark' }

const key = 'tidemark-theme'

function storedTheme(): Theme {
  const stored = localStorage.getItem(key)
  return themes.find((theme) => theme === stored) ?? 'system'
}

/** Light, dark, or as the system is. The browser remembers it. */
export function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState(storedTheme)
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem(key, theme)
  }, [theme])
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <Button small look="quiet" aria-label={`${words[theme]}. Change it`} onPress={() => setTheme(next)}>
      {words[theme]}
    </Button>
  )
}
