"""Words to sort: common words typed by hand, their derived forms, compounds, names, invented words.

Sorting must work for any word, so the lists are starting points: `draw` bends, joins and invents.
"""

from __future__ import annotations

import random

from .phrase import PEOPLE, words

STEMS = words(
    """abandon absorb abstract accent accept accident account acid acorn acre action adapt address
    adjust admire admit adopt advance advice affair afford agent agree alarm album alcove alert
    algebra alien align alley allow almond alpine amber amount ample anchor ancient angle ankle
    answer antenna anvil apart appeal approve april arbor arch arctic argue armor arrange arrow
    artist ascend ashes aspect asphalt assign assume atlas atom attach attic auction august aunt
    autumn avenue average awake awful axis badge bake balance ballad bamboo bandit banner barber
    bargain barrel basin basket battle beacon beard beetle behave believe bellow beneath benefit
    berry beyond bishop bitter blanket blaze blend blind block bloom blossom blunt boast bobbin
    bonnet border borrow bottle boulder bounce boundary bracket branch brass bravery breeze brick
    bridge brief bright brisk broken bronze broth brush bubble bucket budget buffalo builder bulk
    bundle burden bureau butter button buyer cabin cactus calcium calm camel campus canal candle
    canvas canyon capsule captain carbon cargo carpet carve castle casual catalog cattle caution
    cavern cedar cellar cement center cereal certain chamber change chapel charge charm chase cheap
    cheese chemist cherish chief chimney choir chorus chrome church cinder circle citizen civic
    claim clamp clarify classic clay clerk clever cliff climate clinic cloak clothe clover cluster
    coach coast cobalt cocoa coffee coil collar colony comet comfort command common compass
    compete concept conduct confess connect consul contain convert copper coral corner cosmic
    cotton council courage cousin cradle craft crane crater cream credit crest cricket crisp
    critic crown crude cruise crumb crystal cubic culture curious current curtain cushion custom
    cycle cynic dagger dairy damage dancer danger daring darken dawn dazzle deacon dealer debate
    decade decent decimal declare decline deepen defend define degree delay delight deliver demand
    denial dense depart depend deputy derive desert design despair detail detect device devote
    diagram dialect diamond diesel digest digital dimple dinner diploma direct discard dismal
    ditch divide divine docile doctor dogma dollar dolphin domain donor double doubt dozen draft
    dragon drama drawer dream drift drown dryer duchess dunce durable dusk dwarf dwell dynamic
    eager eagle earnest earth easel eastern echo eclipse economy edge editor effect effort elastic
    elbow elder elegant element elevate elite embark ember emblem emerge emotion emperor employ
    empty enable endure enemy engine enigma enjoy enlist enough ensign entire envoy epoch equal
    erode errand escape essay estate ether ethic event evident exact exam exceed excite exhaust
    exile exist exotic expand expert explode export extend extra fable fabric factor faculty fade
    faint fairy faith falcon famine fancy farewell farmer fashion father fault feast feather
    federal feline fellow fence ferry fertile festive feudal fiber fiction fiddle fierce figure
    filter final finger finish fiscal flame flannel flash flatter flavor fleet flicker flight
    flint float flock flood floral flour fluid flutter focus foliage follow folly forest forge
    formal forty fossil foster fraction fragile frame frantic freeze freight fresh friend fringe
    frost frugal fulfil function funnel fury fusion futile future gadget galaxy gallon gallop
    gamble garage garden garland garment garnish gather gauge gazelle general genial gentle
    genuine gesture geyser giant ginger glacier glance glare glimpse global gloomy glory glossy
    glow gnat golden gospel gossip govern grace gradual grain grammar granite gravel gravity
    grease grieve grind groove gross grove growl guard guess guide guild guitar gully gust gutter
    gypsum habit halibut hallow halt hamlet hammer handle harbor hardy harness harvest hasten
    hatch haunt hazard hazel healthy hearth heavy hedge height helmet heron hickory hinder hinge
    hoist hollow holster honest honor horizon hornet hostel hover humble humor hungry hurdle
    hustle hybrid hymn icicle ideal idiom idle igloo ignite image imagine impact imply import
    impulse inch income index infant inform inherit injure inlet inner insect insist insult
    intend invade invent invest invoke iodine ionic iris iron irony island isolate issue ivory
    ivy jacket jagged janitor jasmine jaunt jelly jersey jewel jigsaw jingle jockey jolly journal
    journey joyful judge juggle juice jungle junior jury justice kayak keen kennel kernel kettle
    keyhole kidney kindle kingdom kiosk kitchen kitten knack knead kneel knight knit knob knock
    knot kosher label labor ladder lagoon lament lantern lapel large lasso latch latent lather
    laugh launch laundry lavish lawyer layer leader league leather lecture legacy legend leisure
    lemon length lentil leopard lesson lettuce level liable liberal liberty library lichen light
    limb limit linear linger liquid list litter lively lizard lobby lobster local lodge logic
    lonely lotus loyal lumber lunar luxury lyric machine magic magnet mahogany maiden majesty
    mallet mammal manage mandate mango manner mantle manual maple marble margin marine market
    marsh marvel mason matrix matter meadow measure medal medium mellow melody member memory
    menace mental mentor merge merit mesh metal meteor method metric midst mighty mild million
    mimic mineral minor minus miracle mirror mischief misty mixture mobile model modest module
    moment monarch monkey month morsel mortal mosaic motion motive mount muffin mullet muscle
    museum music musket mustard mutual mystic myth napkin narrow nation native nature navy neat
    nebula nectar needle neglect neither neon nephew nerve nestle neutral nickel nimble noble
    nomad normal north notice novel nozzle number nurse nylon oath oatmeal obey object oblige
    obscure observe obtain ocean october octopus offer office olive omega onset onyx opal opaque
    open opera opinion oppose optic orbit orchard orchid ordeal order ore organ orient origin
    ornate orphan osprey otter ounce outer oval oven owner oxide oyster pace packet paddle pagan
    palace palm panel panic panther paper parade parcel pardon parent parlor parrot parsley
    partner passage pastel pasture patent patrol pattern pause peasant pebble pedal pelican
    penalty pencil peninsula pepper perfect perish permit person petal phantom phase phone photo
    phrase physics pianist picket picnic picture pierce pigeon pillar pilot pinch pioneer pirate
    pistol pivot placid plague plain planet plaster plateau platform pleasant pledge plenty plight
    plot pluck plume plunge pocket podium poem poison polar police polish polite pollen ponder
    poplar popular porcelain port posture potent pottery poverty powder praise prayer preach
    precise prefer premium prepare present pretty prevail price pride priest primary prince print
    prison private prize probe proceed produce profit prompt proper protect proud provide prudent
    public pudding pulley pulse pumpkin punish pupil purchase pursue puzzle pyramid python quaint
    quality quantum quarrel quarry quart queen quench query quest quick quiet quill quilt quiver
    quota rabbit raccoon radar radio radish ragged rainbow ramble ranch random range rapid rascal
    rather rattle raven reach react reason rebel recall recent recipe record recruit reduce reed
    reflect reform refuge regal region regret regular reject relate relax release relic remedy
    remind remote render renew repair repeat reply report rescue resent reserve resign resist
    resolve respect rest result retain retreat reveal review revolt reward rhyme rhythm ribbon
    riddle ridge rifle rigid ripple ritual rival river robin robust rocket rodent rogue roller
    romance rotate rough round route rowdy royal rubber rudder rugged ruin rumor runway rural
    rustic saddle safety sailor salad salmon salute sample sandal sapphire satin saturn saucer
    savage saxon scale scandal scarce scatter scene scheme scholar science scissors scorn scout
    scrap scratch scream script scrub sculpt season second secret section secure seek seldom
    select senate senior sense sentry sequel serene serial sermon serpent servant session settle
    severe shadow shaft shallow shame shape share sharp shatter shelter sheriff shield shimmer
    shiver shock shore shovel shower shred shrimp shrink shrub shuffle shutter sickle siege sierra
    signal silent silk silver simple sincere singer siphon siren sister sketch skill skirmish
    slate sleek sleeve slender slice slogan slope slumber small smear smile smoke smooth snare
    sneeze soap sober social socket soften solar soldier solemn solid solve sonata sonnet soothe
    source south space spade spark sparrow special species sphere spice spider spill spine spiral
    spirit splash splendid sponge spoon sport spouse spread spring sprout squad square squeeze
    squid stable stadium staff stage stain stairs stale stamp stance staple star starch state
    statue steady steam steel steep stem stern steward stick stiff sting stir stomach stone stool
    storm story stout strand strange stream street strict stride string stripe stroke strong
    struggle stubborn student study sturdy style subject sublime submit subtle suburb succeed
    sudden suffer sugar suggest suit sulfur sullen summer summit sunken superb supper supply
    surface surge surplus survey survive suspend swallow swamp swarm sweep swift swindle switch
    symbol symptom syntax syrup system tablet tackle tactic talent tangle tango tariff tassel
    taste tavern teacher temper temple tempo tenant tender tennis tenor terrace terror textile
    thank theater theme theory thicket thimble thirst thistle thorn thorough thread threat thrive
    throat throne thrust thumb thunder thus ticket tidy tiger timber timid tingle tissue titan
    title toast tobacco toddler token tonic topaz torment tornado torrent tortoise total totem
    touch tough tour toward towel tower toxic trace track tract trade tragic trail traitor tranquil
    transit trap travel treason treat trellis tremble trench trend tribe trick trifle trigger trim
    triumph trivial tropic trouble trouser truce truffle trumpet trunk trust tulip tumble tundra
    tunnel turban turmoil turnip turtle tutor tweed twelve twilight twin twist typhoon typical
    ugly ulcer umbrella umpire uncle under unify union unique unit unveil upheld uproar upset urban
    urge usher usual utensil utmost utter vacant vaccine vacuum vague valiant valley value valve
    vanilla vanish vapor variety vast vault vector vegetable veil velvet vendor venture verb
    verdict verify versatile verse vessel veteran viable vibrant victim victory video vigil vigor
    villa vine vintage violet virtue visible vision visit vital vivid vocal volcano volume vote
    vowel voyage vulgar waffle wager wagon waist walnut walrus wander wardrobe warm warrant warrior
    waste water wealth weapon weary weave wedge weekend weird welcome western whale wharf wheat
    wheel whether whisker whisper whistle whole wicked width willow winch window winner winter
    wisdom wither witness wizard wonder wooden worry worship worthy wrap wreath wreck wrench
    wrestle wrinkle wrist xenon yacht yard yarn yeast yellow yeoman yield yoga yonder young zeal
    zebra zenith zephyr zero zigzag zinc zodiac zone zoology"""
)
SHORT = words(
    """ash back bar bay bell bird board box brush bush cap cart coat corn cross day dog door
    down drop dust eye fall fire fish flow fly foot fowl fox gate grass ground guard hall hand
    head heart high hill hog hold home hook horn horse house jay key king lace lamp land leaf
    light line lock man mark mast mill moon nail neck nest note nut over pan path pea pin plum
    pool pot rain ring road rock rod room root sail salt sand screen sea shell ship shoe shop
    side sky snow sod spur stand star stem step stone storm sun tail tide tie tip tooth top town
    trap tree under up wall ward ware water way weed wheel white wild wind wood work worm yard"""
)
SUFFIXES = words(
    "s s ed ing er est ly ness ful less able ment ist ish ism ity al ous ive ary ation like ship"
)
PREFIXES = words("un re over out sub inter non pre mis dis de in anti counter fore semi trans")
SHARED = words(
    "con com dis pre pro per str sta spi sc tr ch inter trans under de re in ex co ma mo pa po"
)
APOSTROPHES = words(
    """can't don't won't isn't aren't wasn't didn't doesn't hadn't he'd he'll he's i'd i'll i'm
    i've it'd it'll it's let's she'd she'll she's they'd they'll they're they've we'd we'll we've
    what's who'd who's wouldn't you'll you're"""
)
SIGNS = words("q&a b&b p&l m&m s&p a&w h&r k&r m's n's p's x's")
ONSETS = words(
    """b bl br c ch cl cr d dr f fl fr g gl gn gr h j k kn l m n p ph pl pr qu r rh s sc sh sk sl
    sm sn sp spl st str sw t th tr tw v w wh wr x y z"""
)
VOWELS = words("a a a e e e i i i o o o u u y ai au ea ee ei eo ia ie io oa oi oo ou ue")
CODAS = words("b ck ct d ff g l ll ld lt m mp n n nd ng nk nt p r r rd rk rm rn rt s ss st t x z")


def draw(rng: random.Random) -> str:
    """One word in small letters."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(STEMS)
    if kind < 0.5:
        return _derived(rng)
    if kind < 0.6:
        return rng.choice(SHORT) + rng.choice(SHORT)
    if kind < 0.7:
        return rng.choice(SHARED) + _syllables(rng, 1)
    if kind < 0.77:
        return rng.choice(PEOPLE).lower()
    if kind < 0.8:
        return rng.choice(SHORT)
    if kind < 0.82:
        return _marked(rng)
    return _syllables(rng, rng.choice((1, 1, 2, 2, 3)))


def _derived(rng: random.Random) -> str:
    word = rng.choice(STEMS)
    suffix = rng.choice(SUFFIXES)
    if word[-1] == "e" and suffix[0] in "aeiou":
        word = word[:-1]
    if rng.random() < 0.25:
        word = rng.choice(PREFIXES) + word
    return word + suffix if rng.random() < 0.85 else word


def _syllables(rng: random.Random, count: int) -> str:
    """A word nobody has written, that can be said."""
    parts = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(count)]
    return ("" if rng.random() < 0.85 else rng.choice("aeiou")) + "".join(parts) + rng.choice(CODAS)


def _marked(rng: random.Random) -> str:
    """A word with an apostrophe or an ampersand inside."""
    if rng.random() < 0.25:
        return f"o'{_syllables(rng, 1)}"
    return rng.choice(APOSTROPHES if rng.random() < 0.6 else SIGNS)
