/** Words for a sample that looks like the data of an intranet. */
// prettier-ignore
export const firstNames = [
  'Ana', 'Bjørn', 'Chloé', 'Dmitri', 'Emeka', 'Fatima', 'Grace', 'Hiroshi', 'Inês', 'Jürgen', 'Kwame', 'Li', 'Łukasz',
  'María José', 'Noor', 'Olga', 'Priya', 'Quentin', 'Ruth', 'Søren', 'Thandiwe', 'Ursula', 'Víctor', 'Wei', 'Zoë', '李',
]

/** The empty one is for people with one name. */
// prettier-ignore
export const lastNames = [
  "O'Brien", 'Silva', 'García-López', 'van der Berg', 'Müller', 'Nguyen', 'Okafor', 'Kowalski', 'Smith', 'Haddad', '',
  'Ivanova', 'Yamamoto', 'D’Angelo', 'Ångström', 'Patel', 'Jensen', 'Mbeki', 'Rossi', 'Dubois', 'Kim', 'Öztürk', '王',
]

// prettier-ignore
export const jobTitles = [
  'Nurse, night shift', 'Software Engineer', 'Head of "People"', 'Store Manager', 'VP, Sales & Marketing', 'Electrician',
  'Accountant', 'Forklift driver', 'R&D Lead', 'Intern', 'Chief of Staff', 'Customer Support', 'Teacher', 'Analyst',
]

export const departments = [
  'Finance',
  'Operations',
  'People',
  'Sales, EMEA',
  'Engineering',
  'Legal',
  'Facilities',
  'IT',
]

export const sentences = [
  'Please read the new travel policy before Friday.',
  'The canteen is closed on Monday, but coffee is free.',
  'Well done, everybody!',
  'Who can help me with the printer on the third floor?',
  'Das neue Büro in München öffnet im März.',
  'Nous avons fêté les dix ans de l’équipe.',
  'La reunión será a las 9:30; lleguen puntuales.',
  'Safety first: wear your helmet, gloves and boots.',
  'Our revenue grew by 12.5% in the third quarter.',
  'He said, "We ship on Tuesday."',
  'Os benefícios mudam a partir de janeiro.',
  'See the attached file for details.',
  'Questions & answers are at the end of the page.',
  'Welcome to all who joined us this month 🎉',
  '新しいオフィスへようこそ。',
  'Remember to lock your screen when you leave.',
]

// prettier-ignore
export const topics = [
  'Benefits 2026', 'Safety at work', 'New joiners', 'Quarterly results', 'IT: planned downtime', 'Town hall', 'Wellbeing',
  'Sustainability', 'Customer stories', 'Canteen menu', 'Volunteering day', 'Product launch', 'Travel & expenses',
]

export const userAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Intranet/7.2 (Android 15; Pixel 9; "kiosk, lobby")',
  '',
]

export const locales = ['en-US', 'en-GB', 'de-DE', 'fr-FR', 'pt-BR', 'es-419', 'ja-JP', 'he-IL', 'ar-EG', 'zh-Hant-TW']

export const platforms = ['web', 'web', 'web', 'ios', 'android', 'android', 'desktop']
