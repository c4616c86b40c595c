"""Words by which questions in several languages say what they ask for (see `kind`).

English, German, French, Spanish, Italian, Portuguese, Dutch, Russian; Chinese, Japanese and Korean, which
do not part their words, are lists of their own. All in lower case, Unicode NFC.
"""
# ruff: noqa: E501, RUF001

from __future__ import annotations

import re
from typing import Final


def _words(*languages: str) -> re.Pattern[str]:
    """One of the entries (parted by "|") of any language, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(languages)})(?!\w)")


PREFACE: Final = re.compile(
    r"(?:hi|hello|hey|ok|okay|please|now|then|also|and|so|kindly|first|next|"
    r"(?:can|could|would|will) you|help me(?: to)?|i (?:want|need) you to|i(?: would|'d) like you to|i need|i want|"
    r"i(?: would|'d) like|let's|let us|we need to|you should|your task is to|"
    r"bitte|kannst du|könntest du|können sie|könnten sie|hilf mir|ich brauche|ich möchte|"
    r"s'il te plaît|s'il vous plaît|peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|aide-moi à|j'ai besoin d'|j'ai besoin de|"
    r"por favor|puedes|podrías|puede|podría|ayúdame a|necesito|quiero que|"
    r"per favore|puoi|potresti|può|potrebbe|aiutami a|ho bisogno di|"
    r"você pode|poderia|pode|me ajude a|ajude-me a|preciso de|"
    r"alsjeblieft|kun je|kunt u|kan je|"
    r"пожалуйста|можешь|можете|помоги мне|мне нужно|мне нужен|мне нужна)(?!\w)[\s,:!]{0,4}"
)
"""What may stand before what is asked for."""

MAKE: Final = _words(
    "write|compose|draft|create|make|generate|produce|give me|give|show me|provide|design|prepare|come up with|"
    "build|send me|put together|fill|complete|a|an",
    "schreibe?|schreib mir|verfasse?|erstelle?|erzeuge?|entwirf|gib mir|dichte|mach mir|einen?|eine",
    "écris|écrivez|écrire|rédige|rédigez|rédiger|crée|créez|compose|composez|génère|donne-moi|donnez-moi|fais|une?",
    "escribe|escriba|escríbeme|redacta|crea|genera|dame|haz|compón|un|una|escribir|redactar",
    "scrivi|scrivimi|scriva|componi|crea|genera|dammi|scrivere|redigi|uno?",
    "escreva|escreve|redija|crie|cria|gere|faça|componha|dê-me|escrever|um|uma",
    "schrijf|maak|geef me|een",
    "напиши|напишите|составь|составьте|создай|создайте|сочини|придумай|написать|составить",
)
TELL: Final = _words(
    "explain|describe|discuss|summari[sz]e|translate|paraphrase|rewrite|rephrase|proofread|outline|compare|contrast|"
    "elaborate|analy[sz]e|critique|review|tell me|tell us|list|enumerate|brainstorm|suggest|recommend|plan|"
    "prove|show that|justify|argue|introduce|teach me|advise|edit|improve|shorten|continue|imagine|act as|pretend|"
    "role-?play|what do you think|what are your|how do i|how do you|how can i|how can we|how should i|how would you|"
    "how does|how do|how did|how is|how are|how to|why|what should i|what can i|what could i|should i|"
    "what are the|what is the difference|what's the difference|what causes|what happens|give reasons|reformat|"
    "correct the grammar|turn this into",
    "erkläre?|erklären sie|beschreibe?|fasse|fass|übersetze?|vergleiche?|liste|nenne (?:drei|vier|fünf|einige)|"
    "erzähle?|warum|wieso|weshalb|wie kann ich|wie funktioniert|wie funktionieren|was sind die|was ist der unterschied|"
    "schlage|formuliere|beweise?|begründe|was soll ich|wie mache ich",
    "explique|expliquez|expliquer|décris|décrivez|résume|résumez|traduis|traduisez|traduire|compare|comparez|liste|"
    "listez|raconte|racontez|pourquoi|comment fonctionne|comment faire|comment puis-je|quelles sont|quels sont|"
    "quelle est la différence|propose|proposez|reformule|démontre|montre que|que dois-je",
    "explica|explique|describe|resume|resuma|traduce|traduzca|compara|enumera|lista|cuéntame|cuenta|por qué|"
    "cómo funciona|cómo puedo|cómo se|cuáles son|cuál es la diferencia|propón|sugiere|demuestra|reescribe",
    "spiega|spiegami|descrivi|riassumi|traduci|confronta|elenca|raccontami|racconta|perché|come funziona|come posso|"
    "come si|quali sono|qual è la differenza|suggerisci|dimostra|riscrivi",
    "explique|explica|descreva|resuma|traduza|compare|liste|conte|conte-me|por que|como funciona|como posso|"
    "como faço|quais são|qual é a diferença|sugira|prove que|reescreva",
    "leg uit|beschrijf|vat|vertaal|vergelijk|som op|vertel|waarom|hoe werkt|hoe kan ik|wat zijn de",
    "объясни|объясните|опиши|опишите|переведи|переведите|перескажи|сравни|перечисли|расскажи|расскажите|почему|зачем|"
    "как работает|как мне|как сделать|каковы|в чём разница|в чем разница|предложи|докажи|перепиши",
)
WORK: Final = _words(
    "calculate|compute|evaluate|work out|determine|find|solve|simplify|factor|factori[sz]e|expand|differentiate|integrate|"
    "sort|rank|order these|convert|estimate|count|express|round|add|subtract|multiply|divide|if",
    "berechne?|berechnen sie|bestimme?|löse?|vereinfache?|finde?|rechne|ermittle|wandle|zähle|wenn",
    "calcule|calculez|calculer|détermine|déterminez|résous|résolvez|simplifie|trouve|trouvez|évalue|si",
    "calcula|calcule|determina|resuelve|resuelva|simplifica|encuentra|halla|evalúa|cuenta cuántos",
    "calcola|calcolare|determina|risolvi|semplifica|trova|valuta|se",
    "calcule|determine|resolva|simplifique|encontre|ache|se",
    "bereken|bepaal|los|vereenvoudig|vind|als",
    "вычисли|вычислите|посчитай|найди|найдите|реши|решите|упрости|определи|рассчитай|если|сколько будет",
)
PICK: Final = _words(
    "name the|name a|name one|state the|identify the|identify|choose|pick|select|classify|label|answer|guess|say whether|"
    "decide whether|true or false|complete the sentence|who|whom|whose|when|where|which|in which|in what|on which|"
    "at what|to whom|from which|by whom|what year|what color|what colour|what time|what day|what date|what city|"
    "what country|what language|what word|what name|what animal|what kind|what type|what letter|what planet|"
    "what is the (?:capital|name|largest|smallest|biggest|longest|highest|tallest|deepest|fastest|chemical|official|currency|"
    "president|last|first|most|only|opposite|plural|past tense|next|boiling|melting|symbol|author|title)|"
    "what's the (?:capital|name|largest|smallest|biggest|chemical|opposite|plural|symbol)|is|are|was|were|do|does|did|has|"
    "what does \\S+ (?:stand for|mean)|have|had|will|would|isn't|aren't|doesn't|don't|can",
    "wer|wen|wem|wessen|wann|wo|wohin|woher|welche[rsnm]?|in welche[rmn]|wie hei(?:ß|ss)t|nenne|ist|sind|war|waren|hat|haben|"
    "wird|stimmt es|gibt es|liegt|kann|können",
    "qui|quand|où|quel|quelle|dans quel|dans quelle|en quelle|de quel|est-ce que|est-ce qu'|est-il|est-elle|nomme|comment s'appelle|"
    "y a-t-il|la|le",
    "quién|quiénes|cuándo|dónde|cuál|en qué|qué (?:año|país|ciudad|color|idioma|día)|cómo se llama|es|son|está|hay|tiene|nombra",
    "chi|quando|dove|qual|quale|in quale|in che|come si chiama|è|sono|c'è|ha|esiste",
    "quem|quando|onde|qual|em que|em qual|como se chama|é|são|está|há|tem",
    "wie|wanneer|waar|welke?|in welk(?:e|)|is|zijn|heeft",
    "кто|кого|кому|когда|где|куда|откуда|какой|какая|какое|в каком|в какой|как называется|назови|правда ли|верно ли|есть ли|"
    "является ли",
)
COUNT: Final = _words(
    "how many|how much|how old|how far|how long|how tall|how fast|how high|how deep|how heavy|how wide|how big|how large|"
    "how often|what percent|what percentage|what fraction|what number|what is the (?:total|sum|product|"
    "difference between \\d+|area|volume|perimeter|average|mean|median|probability|value|remainder|number|cost|price|"
    "distance|speed|ratio|square root|cube root|greatest common|least common|length|width|height|radius)",
    "wie viele?|wieviele?|wie alt|wie weit|wie lange?|wie hoch|wie groß|wie schnell|wie schwer|wie teuer|wie oft|"
    "wie tief|wie breit",
    "combien|quel est le (?:nombre|total|prix|reste)|quelle est la (?:somme|valeur|distance|probabilité|moyenne)|quel âge|à quelle vitesse",
    "cuántos|cuántas|cuánto|cuánta|qué edad|qué porcentaje|cuál es (?:el|la) (?:área|total|suma|valor|probabilidad|distancia|resto)",
    "quanti|quante|quanto|quanta|qual è (?:la somma|il totale|il valore|la probabilità|l'area)",
    "quantos|quantas|quanto|quanta|qual é (?:a soma|o total|o valor|a probabilidade|a área)",
    "hoeveel|hoe oud|hoe ver|hoe lang|hoe hoog|hoe groot|hoe snel",
    "сколько|как далеко|какова вероятность|чему равн[ао]?|чему равен",
)
PROSE: Final = _words(
    "poems?|haikus?|limericks?|sonnets?|verses?|lyrics|songs?|raps?|stor(?:y|ies)|tales?|fables?|essays?|letters?|e-?mails?|"
    "messages?|posts?|tweets?|blogs?|articles?|paragraphs?|speech(?:es)?|toasts?|jokes?|riddles?|slogans?|captions?|dialogues?|"
    "scripts? for a|summar(?:y|ies)|translations?|tables?|lists?|recipes?|plans?|itinerar(?:y|ies)|outlines?|ideas|tips|"
    "advice|reviews?|reports?|memos?|cvs?|resumes?|résumés?|biograph(?:y|ies)|descriptions?|introductions?|reply|response|"
    "examples?|reasons|arguments|headlines?|invitations?|apolog(?:y|ies)|thank-you notes?|notes?|cover letters?|sentences?|"
    "explanations?|overviews?|steps|agenda|schedule|menu|playlist|names for|product description|bullet points?",
    "gedichte?|geschichten?|märchen|briefe?|aufs(?:a|ä)tze?|mails?|nachricht(?:en)?|rede|witze?|zusammenfassung|übersetzung|"
    "tabelle|rezept|liste|plan|entschuldigung|einladung|lied|bewerbung|bewerbungsschreiben|absatz|beispiele|vorschläge|antwort",
    "poème|haïku|histoire|conte|lettre|courriel|mél|message|discours|blague|résumé|traduction|tableau|recette|liste|chanson|"
    "invitation|paragraphe|exemples|texte",
    "poema|haiku|historia|cuento|carta|correo|mensaje|discurso|chiste|resumen|traducción|tabla|receta|lista|canción|"
    "invitación|párrafo|ejemplos|texto|ensayo",
    "poesia|haiku|storia|racconto|favola|lettera|messaggio|discorso|barzelletta|riassunto|traduzione|tabella|ricetta|"
    "lista|canzone|invito|paragrafo|esempi|testo",
    "poema|história|conto|carta|mensagem|discurso|piada|resumo|tradução|tabela|receita|lista|canção|convite|parágrafo|"
    "exemplos|texto|redação",
    "gedicht|verhaal|brief|bericht|samenvatting|vertaling|tabel|recept|lijst|mop",
    "стихотворение|стихи|стих|рассказ|сказку|историю|письмо|сообщение|эссе|сочинение|речь|шутку|анекдот|таблицу|рецепт|"
    "список|песню|приглашение|хокку|хайку|текст|план",
)
CODE: Final = _words(
    "function|functions|program|programs|script|scripts|code|snippet|class|subroutine|method that|regex|regexp|"
    "regular expression|sql|sql query|query|unit tests?|test case|algorithm in|one-liner|bash|shell command|makefile|"
    "dockerfile|html|css|html page|webpage|component|api endpoint|decorator|stored procedure|macro|lambda|"
    "fizz ?buzz|hello world|quicksort|mergesort|bubble sort|linked list|python|javascript|typescript|java|kotlin|swift|rust|golang|haskell|php|perl|ruby|c\\+\\+|c#|matlab|vba|latex code",
    "funktion|programm|skript|quelltext|klasse|sql-abfrage|abfrage|regulären ausdruck|python-funktion|python-programm|"
    "python-skript",
    "fonction|programme|code|requête|requête sql|classe|expression régulière",
    "función|programa|código|consulta|consulta sql|clase|expresión regular",
    "funzione|programma|codice|query|classe|espressione regolare",
    "função|programa|código|consulta|classe|expressão regular",
    "functie|programma|klasse",
    "функцию|функция|программу|программа|скрипт|код|запрос|класс|регулярное выражение",
)
CODE_WORK: Final = _words(
    "implement|code|program|debug|refactor|fix|port|optimi[sz]e|vectori[sz]e|unit-?test",
    "implementiere?|programmiere?|repariere|behebe|korrigiere",
    "implémente|implémentez|programme|programmez|corrige|débogue",
    "implementa|programa|corrige|depura|arregla",
    "implementa|programma|correggi",
    "implemente|programe|corrija|depure",
    "implementeer|programmeer|repareer",
    "реализуй|реализуйте|запрограммируй|исправь|исправьте",
)
BRIEF: Final = _words(
    "(?:one|a single|single) word|yes or no|true or false|only (?:the|a|with the|with a) (?:number|letter|name|word|result|answer|value)|"
    "just the (?:number|letter|name|word|result|answer|value)|final answer only|in one word|ja oder nein|oui ou non|sí o no|"
    "sì o no|sim ou não|да или нет|nur (?:die|der|das) (?:zahl|name|wort)|yes/no|true/false",
)
FEELING: Final = _words(
    "i feel|i'm (?:so |really |very |feeling )?(?:sad|upset|tired|lonely|anxious|angry|happy|scared|worried|stressed|nervous|"
    "excited|exhausted|overwhelmed|bored)|i am (?:so |really |very |feeling )?(?:sad|upset|tired|lonely|anxious|angry|happy|"
    "scared|worried|stressed|nervous|excited)|hi|hello|hey|thanks|thank you|good (?:morning|evening|night|afternoon)|"
    "how are you|my (?:boss|friend|wife|husband|mother|father|mom|dad|sister|brother|partner|girlfriend|boyfriend|cat|dog|"
    "son|daughter|colleague) \\w+",
    "hallo|guten (?:morgen|tag|abend)|danke|ich fühle|ich bin (?:so )?(?:traurig|müde|einsam|wütend|nervös)|wie geht es|mir geht",
    "bonjour|salut|bonsoir|merci|je me sens|je suis (?:si |très )?(?:triste|fatiguée?|seule?|stressée?)|ça va",
    "hola|buenos días|buenas|gracias|me siento|estoy (?:muy )?(?:triste|cansad[oa]|sol[oa]|nervios[oa])|qué tal",
    "ciao|buongiorno|buonasera|grazie|mi sento|come stai",
    "olá|oi|bom dia|obrigad[oa]|me sinto|estou (?:muito )?(?:triste|cansad[oa])|tudo bem",
    "hallo|dank je|ik voel me",
    "привет|здравствуй|здравствуйте|спасибо|мне грустно|я чувствую|я устал[а]?|как дела|доброе утро",
)

EAST_TEXT: Final = re.compile(
    "写一|写首|写篇|写封|作文|诗|故事|信|邮件|翻译|解释|介绍|总结|概括|描述|为什么|怎么做|如何|比较|列出|列举|表格|建议|"
    "書いて|書き|詩|物語|手紙|メール|翻訳|訳して|説明|要約|紹介|なぜ|どうして|どうやって|比較|挙げて|一覧|表にして|教えて|"
    "써|시를|이야기|편지|이메일|번역|설명|요약|소개|왜|어떻게|비교|나열|표로|추천"
)
EAST_CODE: Final = re.compile(
    "函数|代码|程序|脚本|正则|关数|関数|コード|プログラム|スクリプト|正規表現|함수|코드|프로그램|스크립트|정규식"
)
EAST_COUNT: Final = re.compile(
    "多少|几[个只本支岁天人次元块张条]|计算|等于|求[^助]|いくつ|いくら|何[個人本匹枚歳円冊回分時]|計算|求め|몇|얼마|계산|구하"
)
EAST_PICK: Final = re.compile(
    "谁|哪[个里年国座位一]|什么时候|是不是|是否|吗|首都|叫什么|誰|どこ|いつ|どの|どれ|どちら|ですか|首都|何という|누구|어디|언제|어느|수도|"
    "무엇인가|입니까|인가요|맞나요"
)
EAST_TALK: Final = re.compile(
    "你好|谢谢|难过|我很|我好|こんにちは|ありがとう|悲し|疲れ|안녕|고마|슬프|힘들"
)
