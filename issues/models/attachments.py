"""The files of an issue. What lies on disk is issues.attachments' business; a row is who sees it under which name."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.ledger import UNCHANGEABLE
from issues.attachments.storage import AttachmentStorage
from issues.models.comments import Comment
from issues.models.issue import Issue


class AttachmentKind(models.TextChoices):
    """What the content is, whatever its name says."""

    IMAGE = "image", _("图片")
    PDF = "pdf", _("PDF")
    DOCUMENT = "document", _("文档")
    SHEET = "sheet", _("表格")
    SLIDES = "slides", _("演示文稿")


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """R58: whoever of the house sees the issue; not what was withdrawn."""
        if not user.reads_cases:
            return self.none()
        standing = self.filter(Q(comment=None) | Q(comment__withdrawn_at=None))
        return standing.filter(issue__in=Issue.objects.visible_to(user).values("pk"))

    def editable_by(self, user: User) -> Self:
        """A file that was shown is not exchanged for another."""
        return self.none()


class Attachment(models.Model):
    """One file, as it is kept: pictures are drawn anew, so `size` and `sha256` are those of what is handed out.

    `name` is for people and ends as the content demands; `file` is random and says nothing. A picture has its size in
    pixels, and lies there a second time, small (AttachmentStorage.SMALL).
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="attachments")
    comment = models.ForeignKey(Comment, models.PROTECT, null=True, related_name="attachments")
    kind = models.CharField(_("类型"), max_length=10, choices=AttachmentKind)
    name = models.CharField(_("文件名"), max_length=120)
    size = models.PositiveIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=80)
    width = models.PositiveSmallIntegerField(null=True)
    height = models.PositiveSmallIntegerField(null=True)
    # Unique brings the index by which the nightly sweep reads one folder after the other.
    file = models.FileField(storage=AttachmentStorage, max_length=60, unique=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    uploaded_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        constraints = (
            models.CheckConstraint(
                name="attachment_picture_exactly_with_its_measures",
                condition=Q(kind=AttachmentKind.IMAGE, width__isnull=False, height__isnull=False)
                | ~Q(kind=AttachmentKind.IMAGE) & Q(width=None, height=None),
            ),
        )
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("issues:attachment", args=[self.issue.number, self.pk])

    @property
    def is_image(self) -> bool:
        return self.kind == AttachmentKind.IMAGE
