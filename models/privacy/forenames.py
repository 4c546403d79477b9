"""First names that are common somewhere, and seldom anything else: written down for this project."""

from __future__ import annotations

from .finding import words_of

__all__ = ["FORENAMES"]

FORENAMES = words_of(
    """
    aarav aaron abby abdoulaye abdul abena abigail abraham achieng ada adaeze adam adele aditya adjoa adrian adriana adrienne agata
    agnes agnieszka ahmad ahmed ahmet aidan aiden aileen ailsa aino aisha akira akua alain alan alana albert alberto alejandra
    alejandro aleksander aleksandra aleksei alessandra alessandro alessia alex alexander alexandra alexandre alexei alexis alfonso
    alfred alice alicia alina alison allan allen allison alma alvaro amanda amara amber amelia amelie amina aminata amir amit amy
    ana ananya anastasia anders andre andrea andreas andreea andrei andres andrew andrzej andy angela angelica angelina angelo
    angharad anika anil anita anjali ann anna annabel anne annette annie annika ansel anthony antje antoine anton antonia antonio
    antti anya aoi aoife arash arjun arlene arnold arthur arturo arun asha ashley ashok asif astrid aubrey audrey august augustin
    aurelie ava avery axel ayesha ayse balazs barbara barry bartosz beata beatrice beatriz becky ben benedict benjamin benoit
    bernadette bernard bernd bert bertha beth bethany betty beverly bianca bilal birgit birgitta bjorn bob bobby bogdan bonnie boris
    brad bradley brandon brenda brendan brent brett brian bridget brigitte britta brittany bruce bruno bryan bukola burak caio
    caitlin callum calvin cameron camila camille carina carl carla carlo carlos carmen carol carole carolina caroline carolyn
    carsten carys catalina catherine cathy cecilia cedric celeste celia celine cem cesar chandra chantal charles charlie charlotte
    cheikh chen chiara chidi chinedu chioma chloe chris christa christian christiane christina christine christoph christophe
    christopher ciara cillian cindy claire clara claude claudia claudio claus clement clive colette colin colleen connie connor
    conrad constance corinna corinne cormac cornelia courtney craig cristian cristina crystal curtis cynthia dale damian damien dan
    dana daniel daniela daniele danielle danny daphne darius darren dave david dawid dean debbie deborah debra declan deepak deirdre
    delphine denis denise deniz dennis derek desmond diana diane dick diego dieter dietmar dilip dimitri dimitris dirk divya dmitri
    dmitry dolores dominic dominik dominique donald donna doreen doris dorota dorothea dorothy doug douglas duncan dustin dwayne
    dylan ed eddie edgar edith edmund eduardo edward edwin eileen eilidh eino ekaterina elaine eleanor elena eleni elias elif elijah
    elisa elisabeth elise elizabeth elke ella ellen ellie elliot elsa elspeth emeka emil emilia emilie emily emma emmanuel emre
    enrico enrique eoin eric erica erik erika ernest ernesto erwin esme esra esteban estelle esther ethan eugene eunji eva evan
    evelyn ewa ewan fabian fabio faisal farai farhan fatima fatma fatou federica federico felicity felipe felix femi ferenc fernanda
    fernando filip filippo fiona florence florian folake frances francesca francesco francis francisco francois francoise frank
    frankie franz fred freddie frederic frederick frederik freya friedrich fritz funmi gabor gabriel gabriela gabriele galina ganesh
    gareth gary gavin geoff geoffrey george georgia georgina gerald gerard gerhard gertrud gethin gianluca gilbert gillian gina
    giorgio giorgos giovanna giovanni gisela giulia giuseppe glen glenn gloria gonzalo gopal gordon graham greg gregor gregory greta
    grzegorz guadalupe guillaume gunnar gunter gustav gustavo gwen hamish hana hanna hannah hannes hans harald harish harold harriet
    harry haruto harvey hassan heather hector heidi heike heiko heinz helen helena helene helga helmut hendrik henri henrik henry
    herbert herman hilary hilda hinata hiroshi holger holly horst howard hubert hugh hugo humphrey huong hussein hyun ian ibrahim
    ibrahima ida ifeoma ignacio igor ildiko ilse imogen imran ines inga inge ingrid ioana ioanna ionut irene irina irma isaac isabel
    isabela isabella isabelle ishaan isla istvan ivan ivana ivy iwona jack jackie jacob jacqueline jacques jake jakob jakub james
    jamie jan jana jane janet janice jaroslav jasmin jasmine jason javier jayden jean jeanette jeanne jeff jeffrey jelena jenna
    jennifer jenny jens jeremy jerome jerry jesper jess jessica jesus jihoon jill jim jimmy jiri jisoo joan joana joanna joanne joao
    jochen jodie joe joel joerg johan johanna johannes john johnny jon jonas jonathan jordan jorge jorgen jose josef joseph
    josephine josh joshua joyce juan juanita judith judy juha jukka julia julian juliana julie julien juliet juliette julio jurgen
    justin justyna kai kaisa kamal kamau kamil karen karim karin karina karl karolina karthik kashif katalin katarina katarzyna kate
    katerina katharina katherine kathleen kathryn kathy katie katja katrin katy kavita kayla kazuo kehinde keiko keith kelly ken
    kenji kenneth kerry kerstin kevin khadija khalid kieran kim kimberly kirsten kirsty klaus knut kofi kojo konrad konstantin
    kostas krishna kristen kristin kristina kristof krystyna krzysztof kurt kwame kwasi kyle lachlan lakshmi lana lara larissa lars
    laszlo laura lauren laurence laurent lawrence layla leah leandro lee leila lena lenka leo leon leonard leonardo leonie lerato
    leroy leslie leticia lewis liam lidia lilian liliana lily linda lindsay linh lisa lisbeth liselotte livia liz lloyd logan lois
    lorenzo loretta lorna lorraine louis louisa louise luc luca lucas lucia luciana lucie lucinda lucy ludmila ludwig luigi luis
    luisa luiz lukas lukasz luke luz lydia lynn maciej maddie madeleine madison magda magdalena magnus mahesh mahmoud maja malcolm
    malgorzata malte mamadou mandy manfred manish manuel manuela marc marcel marcela marcella marcello marcia marcin marco marcos
    marcus marek margaret margarita margot maria mariana marianne marie marina mario marion marius marjorie mark marko markus
    marlene marsha marta martha martin martina martine marvin mary maryam mateo mateus mateusz mathias mathieu mathilde matias
    matilda matt matteo matthew matthias matti maureen maurice mauricio maxime maya meera megan mehmet mei melanie melinda melissa
    merve mia michael michaela michal michel michele michelle miguel mihaela mihai mika mikael mike mikhail milan mildred milena
    miles millie mina ming minh minji minjun miranda miriam mitchell mo mohamed mohammad mohammed mohan moira mona monica monika
    monique morag morgan moritz morten moussa muhammad mustafa mwangi myra nadia nadine nancy naoko naomi nasser natalia natalie
    natasha nathalie nathan naveen neha neil nelson ngoc ngozi nguyen niall niamh nicholas nick nicola nicolas nicole nigel nikhil
    niklas nikola nikolai nikos nils nina njeri noah noel nomsa noor nora norbert norma norman nour nuno obinna octavia oisin olaf
    oleg olga oliver olivia olivier olumide oluwaseun omar ondrej orla oscar oskar osman otieno otto ousmane owen ozge pablo padraig
    paige pamela paola paolo pascal patrice patricia patrick patrik paul paula pauline paulo pavel pawel pedro peggy pekka penelope
    perry peter petr petra petros phil philip philipp philippe phillip phoebe phuong phyllis pia pierre pilar piotr pooja pradeep
    prakash preeti priya quentin quinn rabia rachael rachel radha radu rafael rahul rainer raj rajesh rakesh ralf ralph ramesh ramon
    randall randy rania raphael raquel rashid ravi ray raymond rebecca reinhard renata renate rene rhys ricardo richard rick ricky
    riley rita rob robert roberta roberto robin rocio rodney rodrigo roger rohan roisin roland rolf roman ron ronald ronan ronnie
    rory rosa rosalind rosemary rosie ross roxanne roy ruben rudolf rupert russell ruth ryan sabine sabrina sadia saima sakura sally
    salma salman sam samantha samir samira samuel sandeep sandra sandy sanjay sanna santiago saoirse sara sarah sasha saskia satoshi
    scarlett scott seamus sean sebastian selma seojun serena sergei sergey sergio seth shahid shane shannon sharon shaun sheila
    shirley shreya sibylle siegfried sigrid silke silvia simon simone sinead siobhan sipho siriporn sita sneha sofia sofie solveig
    somchai sonia sonja sophia sophie soren soyeon srinivas stacey stacy stan stanislaw stefan stefania stefanie steffen stella
    stephan stephanie stephen steve steven stewart stuart sue sunil sunita suresh susan susana susanne susie suzanne sven svetlana
    swati sylvia sylvie taiwo takashi tamara tammy tania tanja tanya tara tarek tariq tatenda tatiana ted tendai teresa tereza
    terrence terry thabo thandiwe thanh thea theo theodore theresa therese thiago thierry thomas thorsten tiago tiffany tiina tim
    timo timothy tina tobias toby todd tom tomas tomasz tommy tomoko toni tony torsten tracey tracy trang trevor tristan troy tunde
    tyler uche udo ulf ulrich ulrika ulrike ursula usman ute uwe vaclav valentin valentina valeria valerie vanessa venkatesh vera
    vernon veronica veronique vicky victor victoria vihaan vijay vikram viktor vincent vincenzo vinicius viola violeta virginia
    vitoria vivian vivienne vladimir volker walid walter wambui wanda wanjiku warren wayne wei wendy werner wesley wilfred wilhelm
    william willie wojciech wolfgang wyatt xavier xiao ximena yasmin yiannis yoko yolanda youssef yui yuki yulia yuri yusuf yuto
    yves yvonne zachary zahra zainab zanele zara zdenek zeynep zoe zoey zofia zoltan zsuzsa
    """
)
