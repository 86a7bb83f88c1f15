"""Numbers in a call: read back, confirmed, keyed in, and never guessed."""

from __future__ import annotations

from tests.support.voice.fast_time import virtually
from tests.support.voice.phone import calling

ASKED = "Where is my order one zero four two?"


@virtually
async def test_a_number_heard_well_is_read_back_at_once_while_the_turn_runs() -> None:
    async with calling() as phone:
        await phone.say(ASKED)
        assert phone.desk.texts == ["Where is my order 1042?"]
        assert phone.said == ["Order 1 0 4 2. One moment."]
        await phone.quiet(0.2)
        phone.desk.answer_with("It is on its way.")
        await phone.spoken_out()
        assert phone.said[1:] == ["It is on its way."]


@virtually
async def test_a_number_heard_less_well_is_confirmed_first() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        assert phone.desk.texts == []
        assert phone.said == ["Did you say order 1 0 4 2?"]
        await phone.spoken_out()
        await phone.say("Yes.", ms=300)
        assert phone.desk.texts == ["Where is my order 1042?"]


@virtually
async def test_a_yes_over_the_question_counts() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        await phone.say("Yes that is right", ms=400)
        assert phone.desk.texts[0].startswith("Where is my order 1042")


@virtually
async def test_a_corrected_number_takes_the_place_of_the_wrong_one() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        await phone.spoken_out()
        await phone.say("No, one zero four three.")
        assert phone.desk.texts == ["Where is my order 1043?"]
        assert phone.said[-1] == "Order 1 0 4 3. One moment."


@virtually
async def test_the_question_is_asked_twice_then_keys_are_asked_for() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        await phone.spoken_out()
        await phone.say("No.", ms=300)
        assert phone.said[-1] == "Sorry. What is the number, please?"
        await phone.spoken_out()
        await phone.say("one zero four five", confidence=0.5)
        assert phone.said[-1] == "Please type the number on your phone and press the hash key."
        assert phone.desk.texts == []
        for key in "1042#":
            phone.call.dtmf(key)
        await phone.quiet(0.2)
        assert phone.desk.texts == ["Where is my order 1042?"]


@virtually
async def test_the_confirming_loop_is_bounded() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        for _ in range(8):
            await phone.spoken_out()
            if phone.desk.texts:
                break
            await phone.say("No.", ms=300)
        assert phone.desk.texts == ["I want to speak to a human."]


@virtually
async def test_something_else_instead_of_an_answer_is_a_new_message() -> None:
    async with calling() as phone:
        await phone.say(ASKED, confidence=0.6)
        await phone.spoken_out()
        await phone.say("What are your opening hours?")
        assert phone.desk.texts == ["What are your opening hours?"]


@virtually
async def test_a_code_is_never_said_aloud() -> None:
    async with calling() as phone:
        await phone.say("My code is four eight two nine one three.")
        assert phone.desk.texts == ["My code is 482913."]
        await phone.spoken_out()
        assert phone.said == ["Thank you, checking."]
    async with calling() as phone:
        await phone.say("Verify me")
        phone.desk.answer_with("Please tell me the code from the mail.")
        await phone.spoken_out()
        assert phone.audio_input.waits[-1] == 1200
        await phone.say("four eight two nine one three")
        assert phone.said[-1] == "Thank you, checking."


@virtually
async def test_what_asks_for_a_code_need_not_name_it_in_its_last_sentence() -> None:
    async with calling() as phone:
        await phone.say("Verify me")
        phone.desk.answer_with("I sent a code to the address of your order. Please read it to me.")
        await phone.spoken_out()
        await phone.say("four eight two nine one three")
        assert phone.said[-1] == "Thank you, checking."
        phone.desk.answer_with("The return code is in the parcel. What is your order number?")
        await phone.spoken_out()
        await phone.say("one zero four two")
        assert phone.said[-1].startswith("1 0 4 2")


@virtually
async def test_an_order_is_read_back_though_a_code_was_asked_for() -> None:
    async with calling() as phone:
        await phone.say("Verify me")
        phone.desk.answer_with("Please tell me the code from the mail.")
        await phone.spoken_out()
        await phone.say("Where is order one zero four two?")
        assert phone.said[-1] == "Order 1 0 4 2. One moment."


@virtually
async def test_a_code_heard_less_well_is_to_be_keyed_in() -> None:
    async with calling() as phone:
        await phone.say("My code is four eight two nine one three.", confidence=0.6)
        assert phone.desk.texts == []
        assert phone.said == ["Please type the code on your phone and press the hash key."]


@virtually
async def test_low_confidence_is_asked_about_twice_then_keys_and_a_human_are_offered() -> None:
    async with calling() as phone:
        for _ in range(3):
            await phone.say("blurb", confidence=0.2)
            await phone.spoken_out()
        assert phone.said[:2] == ["Sorry, I did not get that."] * 2
        assert phone.said[2].startswith("I have trouble understanding you.")
        assert phone.desk.texts == []
        phone.call.dtmf("0")
        await phone.quiet(2.5)
        assert phone.desk.texts == ["I want to speak to a human."]


@virtually
async def test_the_low_confidence_loop_ends_with_a_human() -> None:
    async with calling() as phone:
        for _ in range(4):
            await phone.say("", ms=900)
            await phone.spoken_out()
        assert phone.desk.texts == ["I want to speak to a human."]
        assert phone.said[-1] == "I will get a colleague for you."


@virtually
async def test_noise_without_a_word_is_no_speech() -> None:
    async with calling() as phone:
        await phone.say("", ms=200)
        assert phone.said == []


@virtually
async def test_keys_are_a_message_after_the_hash_or_a_pause() -> None:
    async with calling() as phone:
        for key in "482913#":
            phone.call.dtmf(key)
        await phone.quiet(0.1)
        assert phone.desk.texts == ["482913"]
        assert phone.desk.inbound[0].spoken is None
        for key in "10*42":
            phone.call.dtmf(key)
        await phone.quiet(1.5)
        assert len(phone.desk.texts) == 1
        await phone.quiet(1)
        assert phone.desk.texts[1] == "42"


@virtually
async def test_keys_in_every_state() -> None:
    async with calling() as phone:  # speaking: they stop the reply
        await phone.say("Where is it?")
        turn = phone.desk.answer_with("It is on the way to you since last Monday. Anything else?")
        await phone.quiet(1)
        phone.call.dtmf("5")
        await phone.quiet(0)
        assert phone.wire.clears == 1
        phone.call.dtmf("#")
        await phone.quiet(0.2)
        assert phone.desk.texts[-1] == "5"
        assert phone.desk.interrupted[0][0] == turn
        phone.call.dtmf("7")  # thinking
        phone.call.dtmf("#")
        await phone.quiet(0.2)
        assert phone.desk.texts[-1] == "7"
        phone.call.hung_up()
        phone.call.dtmf("1")  # ended
        phone.call.dtmf("nonsense")
    assert len(phone.desk.texts) == 3


@virtually
async def test_a_star_alone_gives_the_reply_its_floor_back() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with("It is on the way to you since last Monday. Anything else?")
        await phone.quiet(1)
        phone.call.dtmf("5")
        phone.call.dtmf("*")
        await phone.spoken_out()
        assert phone.said[-1] == "Anything else?"
        assert phone.desk.interrupted == []
