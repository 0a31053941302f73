import pytest
from django.urls import reverse

from training.models import Dictionary

pytestmark = pytest.mark.django_db
ADD = reverse("admin:training_dictionary_add")


def test_pasted_words_become_a_dictionary(operator):
    operator.post(ADD, {"name": "products", "words": "石墨烯 500 n\n云计算\n"})

    assert Dictionary.objects.get().name == "products"
    assert "2" in operator.get(reverse("admin:training_dictionary_changelist")).content.decode()


def test_a_wrong_line_is_named_at_the_form_and_nothing_is_kept(operator):
    response = operator.post(ADD, {"name": "products", "words": "石墨烯 500 n\n云 计 算\n"})

    assert "products, line 2: there must be a word" in response.content.decode()
    assert not Dictionary.objects.exists()
