"""What an upload is, told by its content alone, and what is kept of it."""

import io
import time
import zipfile

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from issues.attachments import office, pictures
from issues.attachments.judging import judge
from tests.attachments import files

ANY_RED, ANY_BLUE = (200, 30, 30), (30, 30, 200)


def why(name, content):
    with pytest.raises(ValidationError) as caught:
        judge(name, content)
    (message,) = caught.value.messages
    return message


def seen(judged):
    return Image.open(io.BytesIO(judged.content))


def is_near(pixel, colour):
    return all(abs(a - b) < 25 for a, b in zip(pixel[:3], colour, strict=True))


class TestPictures:
    @pytest.mark.parametrize(
        ("content", "name", "content_type"),
        [
            (files.jpeg(), "a.jpg", "image/jpeg"),
            (files.png(), "a.png", "image/png"),
            (files.png(mode="RGBA"), "a.png", "image/png"),
            (files.written(files.halves(), "WEBP"), "a.jpg", "image/jpeg"),
            (files.written(files.halves(mode="RGBA"), "WEBP", lossless=True), "a.jpg", "image/jpeg"),
            (files.written(files.halves(), "GIF"), "a.png", "image/png"),
            (files.written(files.halves().convert("CMYK"), "JPEG"), "a.jpg", "image/jpeg"),
            (files.written(files.halves().convert("P"), "PNG"), "a.png", "image/png"),
            (files.written(files.halves().convert("1"), "PNG"), "a.png", "image/png"),
        ],
    )
    def test_each_kind_is_kept_as_what_every_program_opens(self, content, name, content_type):
        judged = judge("a.xyz.exe.docx.webp", content)
        assert (judged.kind, judged.content_type, judged.name.rpartition(".")[2]) == (
            "image",
            content_type,
            name.rpartition(".")[2],
        )
        assert (judged.width, judged.height) == seen(judged).size == (80, 40)

    def test_a_transparent_webp_keeps_its_transparency(self):
        image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
        judged = judge("a.webp", files.written(image, "WEBP", lossless=True))
        assert (judged.name, judged.content_type) == ("a.png", "image/png")
        assert seen(judged).getpixel((5, 5))[3] == 0

    def test_nothing_that_came_with_a_photo_survives(self):
        photo = files.photo_of_a_phone()
        sent = Image.open(io.BytesIO(photo))
        assert sent.getexif().get_ifd(0x8825)[1] == "N"
        assert b"SECRET-COMMENT" in photo
        judged = judge("IMG_0001.JPG", photo)
        assert judged.small is not None
        for content in (judged.content, judged.small):
            kept = Image.open(io.BytesIO(content))
            assert dict(kept.getexif()) == {}
            assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
            assert not any(word in content for word in (b"SECRET", b"Exif", b"Maker", "王小明".encode(), b"GPS"))

    # What is left, right, above and below once the picture is upright, by the camera's own note.
    @pytest.mark.parametrize(
        ("orientation", "red_at", "blue_at", "size"),
        [
            (1, (5, 20), (75, 20), (80, 40)),
            (2, (75, 20), (5, 20), (80, 40)),
            (3, (75, 20), (5, 20), (80, 40)),
            (4, (5, 20), (75, 20), (80, 40)),
            (5, (20, 5), (20, 75), (40, 80)),
            (6, (20, 5), (20, 75), (40, 80)),
            (7, (20, 75), (20, 5), (40, 80)),
            (8, (20, 75), (20, 5), (40, 80)),
        ],
    )
    def test_a_photo_is_kept_upright(self, orientation, red_at, blue_at, size):
        judged = judge("a.jpg", files.photo_of_a_phone(orientation))
        kept = seen(judged)
        assert (judged.width, judged.height) == kept.size == size
        assert is_near(kept.getpixel(red_at), ANY_RED)
        assert is_near(kept.getpixel(blue_at), ANY_BLUE)

    def test_a_photo_whose_notes_are_broken_is_kept_as_it_lies(self):
        photo = files.jpeg(exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\xff\xff\xff\xff")
        assert (judge("a.jpg", photo).width, judge("a.jpg", photo).height) == (80, 40)

    def test_the_longest_side_is_limited_and_the_shape_kept(self):
        judged = judge("a.jpg", files.jpeg(4000, 1000))
        assert (judged.width, judged.height) == (pictures.LONGEST_SIDE, pictures.LONGEST_SIDE // 4)
        assert Image.open(io.BytesIO(judged.small or b"")).size == (480, 120)

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
    def test_of_an_animation_the_first_frame_is_kept(self, kind):
        kept = seen(judge("a", files.animated(kind)))
        assert getattr(kept, "n_frames", 1) == 1
        assert is_near(kept.convert("RGB").getpixel((5, 20)), ANY_RED)

    @pytest.mark.parametrize("content", [files.jpeg(), files.written(files.halves(), "GIF")])
    def test_a_script_behind_the_last_byte_is_gone(self, content):
        polyglot = content + b"<script>alert(1)</script>" + files.zipped({"x.html": files.HTML})
        kept = judge("a.jpg", polyglot).content
        assert b"<script" not in kept
        assert not zipfile.is_zipfile(io.BytesIO(kept))

    def test_a_bomb_is_refused_before_a_pixel_is_decoded(self):
        bomb = files.png_bomb()
        assert len(bomb) < 200_000
        began = time.process_time()
        assert why("a.png", bomb) == "“a.png”：图片超过50百万像素，请缩小后再上传。"
        assert time.process_time() - began < 0.5

    @pytest.mark.parametrize("side", [7100, 10_000, 14_000])
    def test_more_pixels_than_the_limit_are_refused_whatever_the_decoder_itself_says(self, side):
        assert "图片超过50百万像素" in why("a.png", files.png_bomb(side))

    def test_the_limit_of_pixels_is_a_setting(self, settings):
        settings.ATTACHMENT_MEGAPIXELS = 1
        assert judge("a.png", files.png(1000, 1000)).width == 1000
        assert "图片超过1百万像素" in why("a.png", files.png(1001, 1000))

    @pytest.mark.parametrize(
        "content", [files.jpeg(800, 400)[:1500], files.png(800, 400)[:60], b"\xff\xd8\xff", b"GIF89a" + bytes(9)]
    )
    def test_a_broken_picture_is_refused_in_words(self, content):
        assert why("a.jpg", content) == "“a.jpg”：图片已损坏，打不开。请重新拍摄或另存后再上传。"


class TestOffice:
    @pytest.mark.parametrize(
        ("part", "kind", "extension"),
        [
            ("word/document.xml", "document", ".docx"),
            ("xl/workbook.xml", "sheet", ".xlsx"),
            ("ppt/presentation.xml", "slides", ".pptx"),
        ],
    )
    def test_each_kind_is_kept_as_it_is(self, part, kind, extension):
        content = files.office(part)
        judged = judge("竣工图纸.doc", content)
        assert (judged.kind, judged.name, judged.content) == (kind, f"竣工图纸{extension}", content)
        assert judged.content_type.startswith("application/vnd.openxmlformats-officedocument.")
        assert judged.width is None

    def test_files_that_real_programs_write_are_taken(self, tmp_path):
        from docx import Document
        from openpyxl import Workbook

        document, workbook = Document(), Workbook()
        document.add_paragraph("交办单")
        workbook.worksheets[0]["A1"] = "序号"
        for book, name, kind in ((document, "a.docx", "document"), (workbook, "a.xlsx", "sheet")):
            book.save(tmp_path / name)
            assert judge(name, (tmp_path / name).read_bytes()).kind == kind

    @pytest.mark.parametrize(
        "content",
        [
            files.docm(),
            files.office(extra={"word/vbaProject.bin": b"x"}),
            files.office("xl/workbook.xml", {"xl/macrosheets/sheet1.xml": b"x"}),
            files.office(extra={"word/activeX/activeX1.xml": b"x"}),
        ],
    )
    def test_macros_are_refused_whatever_the_name(self, content):
        assert why("a.docx", content) == "“a.docx”：文件含有宏，请另存为不含宏的docx、xlsx或pptx再上传。"

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        bomb = files.zip_bomb()
        assert len(bomb) < 1_000_000
        began = time.process_time()
        assert why("a.docx", bomb) == "“a.docx”：文件解开后过大，请删去多余的内容，另存后再上传。"
        assert time.process_time() - began < 0.5

    def test_a_bomb_below_the_limit_is_known_by_its_ratio(self):
        bomb = files.zip_bomb(50)
        assert office.MOST_UNPACKED > 50 * 1024 * 1024
        assert "文件解开后过大" in why("a.docx", bomb)

    def test_a_bomb_of_many_parts_is_refused(self):
        many = files.office(extra={f"word/{n}.xml": b"" for n in range(office.MOST_PARTS)})
        assert "文件解开后过大" in why("a.docx", many)

    def test_a_part_that_lies_about_its_size_is_found_out(self):
        assert "文件已损坏" in why("a.docx", files.lying_zip())

    @pytest.mark.parametrize("tail", [b"<script>", files.HTML * 40, files.jpeg()])
    def test_what_stands_behind_the_zip_is_refused(self, tail):
        assert "夹带了别的内容" in why("a.docx", files.office() + tail)

    def test_a_zip_that_begins_as_a_pdf_within_is_refused(self):
        parts = {"a.pdf": files.pdf(), **files.office_parts()}
        assert "夹带了别的内容" in why("a.docx", files.zipped(parts, packed=zipfile.ZIP_STORED))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (files.zipped({"a.txt": b"x"}), "这是压缩包，请解开后逐个上传"),
            (files.zipped({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}), "这是压缩包"),
            (files.zipped({"[Content_Types].xml": b"<Types/>"}), "这不是docx、xlsx或pptx文件"),
            (files.office()[:-30], "文件已损坏"),
            (files.with_password(), "文件加了密码"),
            (files.OLE, "旧版或加密的Office文件"),
            (files.zipped(files.office_parts(), packed=zipfile.ZIP_LZMA), "文件已损坏"),
        ],
    )
    def test_what_is_no_office_file_is_refused_in_words(self, content, words):
        assert words in why("a.docx", content)


class TestPdf:
    def test_a_pdf_is_kept_as_it_is(self):
        judged = judge("检测报告", files.pdf())
        assert (judged.kind, judged.name, judged.content_type) == ("pdf", "检测报告.pdf", "application/pdf")
        assert judged.content == files.pdf()

    @pytest.mark.parametrize(
        "body",
        [
            b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
            b"/OpenAction << /S /J#61vaScript /JS (x) >>",
            b"/OpenAction << /S /Launch /F (cmd.exe) >>",
            b"/Names << /JavaScript 5 0 R >>",
            b"/Subtype/RichMedia",
        ],
    )
    def test_what_would_start_something_is_refused(self, body):
        words = "“a.pdf”：PDF含有脚本或会启动程序的动作，请用“打印为PDF”重新生成后再上传。"
        assert why("a.pdf", files.pdf(body)) == words
        assert why("a.pdf", files.pdf_with_hidden(body)) == words

    def test_words_that_only_look_alike_are_taken(self):
        assert judge("a.pdf", files.pdf(b"/Title (/Launchpad and /JavaScripts)")).kind == "pdf"
        assert judge("a.pdf", files.pdf_with_hidden(b"/Title (ok)")).kind == "pdf"

    @pytest.mark.parametrize("cut", [files.pdf()[:-30], b"%PDF-1.7\n", files.pdf() + bytes(5000)])
    def test_half_a_pdf_is_refused(self, cut):
        assert why("a.pdf", cut) == "“a.pdf”：PDF不完整，请重新导出后再上传。"

    def test_a_pdf_that_is_a_zip_as_well_is_refused(self):
        polyglot = files.pdf(tail=files.office() + b"\nstartxref\n0\n%%EOF\n")
        assert "夹带了别的内容" in why("a.pdf", polyglot)


class TestTheRest:
    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("photo.jpg", files.EXE, "这是程序文件，不能上传"),
            ("a.pdf", b"\x7fELF" + bytes(200), "这是程序文件，不能上传"),
            ("logo.svg", files.SVG, "网页、SVG和脚本不能上传"),
            ("logo.png", files.SVG, "网页、SVG和脚本不能上传"),
            ("a.docx", files.HTML, "网页、SVG和脚本不能上传"),
            ("a.jpg", b"#!/bin/sh\nrm -rf /\n", "网页、SVG和脚本不能上传"),
            ("IMG_1.HEIC", files.HEIC, "这是HEIC照片，请转成JPEG后再上传"),
            ("a.bmp", files.written(files.halves(), "BMP"), "另存为JPEG或PNG"),
            ("a.tiff", files.written(files.halves(), "TIFF"), "另存为JPEG或PNG"),
            ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "这是压缩包"),
            ("a.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(60), "视频不能上传"),
            ("a.txt", "只是文字".encode(), "只接收图片"),
            ("a.jpg", files.EICAR, "只接收图片"),
            ("a.pdf", b" " + files.pdf(), "只接收图片"),
            ("a.jpg", b"", "文件是空的"),
        ],
    )
    def test_it_is_refused_with_its_name_and_what_to_do(self, name, content, words):
        message = why(name, content)
        assert message.startswith(f"“{name.rpartition('.')[0]}.")
        assert words in message
        assert message.endswith("。")

    def test_a_larger_file_than_the_setting_allows_is_refused(self, settings):
        settings.ATTACHMENT_MEGABYTES = 1
        assert judge("a.pdf", files.pdf(b" " * 1_000_000)).kind == "pdf"
        assert why("a.pdf", files.pdf(b" " * 1_048_576)) == "“a.pdf”：超过1MB，请压缩或拆分后再上传。"
