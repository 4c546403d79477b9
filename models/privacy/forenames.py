"""First names that are common somewhere, and seldom anything else: written down for this project."""

from __future__ import annotations

from .finding import words_of

__all__ = ["FORENAMES"]

FORENAMES = words_of(
    """
    aaron abby abdul abigail abraham ada adam adele adriana adrian adrienne agata agnes agnieszka ahmad ahmed aidan aiden aileen aisha
    alan alain alana albert alberto alejandra alejandro aleksandra aleksander alessandra alessandro alessia alex alexander alexandra
    alexandre alexis alfonso alfred alice alicia alina alison allan allen allison alma alvaro amanda amber amelia amelie amina amir
    amit amy ana anastasia anders andre andrea andreas andreea andrei andres andrew andrzej andy angela angelica angelina angelo
    anika anil anita anjali ann anna annabel anne annette annie ansel anthony antje antoine anton antonia antonio anya arash arjun
    arlene arnold arthur arturo asha ashley ashok astrid audrey august augustin aurelie ava axel ayesha barbara barry bartosz beata
    beatrice beatriz becky ben benedict benjamin benoit bernadette bernard bernd bert bertha beth bethany betty beverly bianca bilal
    birgit bjorn bob bobby bonnie boris brad bradley brandon brenda brendan brent brett brian bridget brigitte britta brittany bruce
    bruno bryan caitlin callum calvin cameron camila camille carina carl carla carlo carlos carmen carol carole carolina caroline
    carolyn carsten catalina catherine cathy cecilia cedric celeste celia celine cesar chandra chantal charles charlie charlotte
    chen chiara chloe chris christa christian christiane christina christine christoph christophe christopher cindy claire clara
    claude claudia claudio claus clement clive colette colin colleen connie connor constance conrad corinna corinne cornelia courtney
    craig cristian cristina crystal curtis cynthia dale damian damien dan dana daniel daniela daniele danielle danny daphne darius darren
    dave david dawid dean deborah debbie debra deepak deirdre delphine denis denise dennis derek desmond diana diane dick diego dieter
    dietmar dilip dimitri dirk dmitri dolores dominic dominik dominique donald donna doreen doris dorothea dorothy doug douglas duncan
    dustin dwayne dylan ed eddie edgar edith edmund eduardo edward edwin eileen elaine eleanor elena eleni elias elif elijah elisa
    elisabeth elise elizabeth elke ella ellen ellie elliot elsa elspeth emil emilia emilie emily emma emmanuel enrico enrique eric
    erica erik erika ernest ernesto erwin esme esteban estelle esther ethan eugene eva evan evelyn ewa ewan fabian fabio fatima
    federica federico felicity felipe felix fernanda fernando filip filippo fiona florence florian frances francesca francesco francis
    francisco francois francoise frank frankie franz fred freddie frederic frederick frederik freya friedrich fritz gabriel gabriela
    gabriele gareth gary gavin geoff geoffrey george georgia georgina gerald gerard gerhard gertrud gianluca gilbert gillian gina
    giorgio giovanna giovanni gisela giulia giuseppe glen glenn gloria gonzalo gordon graham greg gregor gregory greta guillaume gunter
    gustav gwen hana hanna hannah hannes hans harald harold harriet harry harvey hassan heather hector heidi heike heiko heinz
    helen helena helene helga helmut hendrik henri henrik henry herbert herman hilary hilda holger holly horst howard hubert hugh hugo
    humphrey hussein ian ibrahim ida ignacio igor ilse imogen ines inga inge ingrid irene irina irma isaac isabel isabella isabelle
    isla ivan ivana ivy jack jackie jacob jacqueline jacques jake jakob jakub james jamie jan jana jane janet janice jaroslav jasmin
    jasmine jason javier jean jeanette jeanne jeff jeffrey jelena jenna jennifer jenny jens jeremy jerome jerry jesper jess jessica
    jesus jill jim jimmy joan joana joanna joanne joao jochen jodie joe joel joerg johan johanna johannes john johnny jon jonas
    jonathan jordan jorge jorgen jose josef joseph josephine josh joshua joyce juan juanita judith judy julia julian juliana julie
    julien juliet juliette julio jurgen justin justyna kai kamal kamil karen karim karin karina karl karolina katarina katarzyna kate
    katerina katharina katherine kathleen kathryn kathy katie katja katrin katy kayla keith kelly ken kenneth kerry kerstin kevin
    khadija khalid kieran kim kimberly kirsten kirsty klaus knut konrad konstantin kristen kristin kristina kristof krystyna krzysztof
    kurt kyle lachlan lakshmi lana lara lars laszlo laura lauren laurence laurent lawrence leah leandro lee leila lena leo leon leonard
    leonardo leonie leroy leslie leticia lewis liam lidia lilian liliana lily linda lindsay lisa liselotte lisbeth livia liz lloyd logan
    lois lorenzo loretta lorna lorraine louis louisa louise luc luca lucas lucia luciana lucie lucinda lucy ludwig luigi luis luisa
    lukas lukasz luke luz lydia lynn maciej maddie madeleine madison magda magdalena magnus maja malcolm malgorzata malte mandy manfred
    manuel manuela marc marcel marcela marcella marcello marcia marcin marco marcos marcus marek margaret margarita margot maria
    mariana marianne marie marina mario marion marius marjorie mark marko markus marlene marsha marta martha martin martina martine
    marvin mary maryam mateo mateusz mathias mathieu mathilde matilda matt matteo matthew matthias maureen maurice mauricio     maxime maya megan mehmet mei melanie melinda melissa mia michael michaela michal michel michele michelle miguel mika mike mikael
    mikhail milan mildred milena miles millie mina miranda miriam mitchell mo mohamed mohammad mohammed moira mona monica monika
    monique morgan moritz morten muhammad mustafa myra nadia nadine nancy naomi natalia natalie natasha nathalie nathan neha neil
    nelson niall nicholas nick nicola nicolas nicole nigel nikhil niklas nikola nikolai nikos nils nina noah noel nora norbert norma
    norman nuno octavia olaf olga oliver olivia olivier omar oscar oskar osman otto owen pablo paige pamela paola paolo pascal patrice
    patricia patrick patrik paul paula pauline paulo pavel pawel pedro peggy penelope perry peter petra petros phil philip philipp
    philippe phillip phoebe phyllis pia pierre piotr pooja preeti priya quentin quinn rachael rachel rafael rahul rainer raj rajesh
    rakesh ralf ralph ramesh ramon randall randy raphael raquel ravi ray raymond rebecca reinhard renata renate rene rhys ricardo
    richard rick ricky rita rob robert roberta roberto robin rocio rodney rodrigo roger roland rolf roman ron ronald ronan ronnie rory
    rosa rosalind rosemary rosie ross roxanne roy ruben rudolf rupert russell ruth ryan sabine sabrina sally salma salman sam samantha
    samir samuel sandeep sandra sandy sanjay santiago sara sarah sasha saskia scott sean sebastian selma serena sergei sergio seth
    shane shannon sharon shaun sheila shirley shreya sibylle siegfried sigrid silke silvia simon simone sinead siobhan sofia sofie
    solveig sonia sonja sophia sophie soren stacey stacy stan stanislaw stefan stefania stefanie steffen stella stephan stephanie
    stephen steve steven stewart stuart sue sunil suresh susan susana susanne susie suzanne sven svetlana sylvia sylvie tamara tammy
    tania tanja tanya tara tariq tatiana ted teresa terrence terry thea theo theodore theresa therese thierry thomas thorsten tiago
    tiffany tim timo timothy tina tobias toby todd tom tomas tomasz tommy toni tony torsten tracey tracy trevor tristan troy tyler
    udo ulf ulrich ulrike ursula ute uwe valentina valentin valeria valerie vanessa vera vernon veronica veronique vicky victor victoria
    vijay vikram viktor vincent vincenzo viola violeta virginia vivian vivienne vladimir volker walter wanda warren wayne wei wendy
    werner wesley wilfred wilhelm william willie wojciech wolfgang xavier yasmin yolanda yuki yusuf yves yvonne zachary zainab
    zara zoe zofia
    """
)
