// How values of labels are called on dashboards, by language and label.
{
  en: {
    state: { on: 'on, not judged' },
    verdict: { left_on: 'left on', confirmed: 'comatose for 180 days', none: 'nothing to say' },
    role: { server: 'servers', workstation: 'desktops', laptop: 'laptops', thin: 'thin clients', virtual: 'virtual machines' },
    quality: {},
  },
  fr: {
    state: {
      active: 'actives',
      idle: 'inoccupées',
      on: 'allumées, non jugées',
      suspended: 'en veille',
      off: 'éteintes',
      lost: 'perdues',
    },
    verdict: {
      left_on: 'laissée allumée',
      underused: 'sous-utilisé',
      comatose: 'comateux',
      confirmed: 'comateux depuis 180 jours',
      exempt: 'dérogation',
      unknown: 'pas encore de verdict',
      none: 'rien à signaler',
    },
    role: {
      server: 'serveurs',
      workstation: 'postes fixes',
      laptop: 'portables',
      thin: 'clients légers',
      virtual: 'machines virtuelles',
    },
    quality: { measured: 'mesuré', estimated: 'estimé' },
  },
}
