using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>Tests that SaaS.http works from top to bottom, and that the parser accepts nothing that an editor would not send.</summary>
public sealed class HttpFileTests(SaaSApp app)
{
    [Fact]
    public async Task Every_request_returns_the_response_that_the_file_expects()
    {
        var file = HttpFile.Read(await File.ReadAllTextAsync(Path.Combine(Repository.Root(), "SaaS.http")));
        Assert.True(file.Requests.Count > 30, "SaaS.http has hardly a request: has its form changed?");
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var run = new HttpFileRun(
            http,
            new Dictionary<string, string>(file.Variables)
            {
                ["api"] = app.Api.ClientOptions.BaseAddress.GetLeftPart(UriPartial.Authority),
                ["scheduler"] = app.SchedulerAddress.GetLeftPart(UriPartial.Authority),
                ["email"] = TestUser.NewEmail(),
                ["colleague"] = TestUser.NewEmail(),
            }
        );

        foreach (var request in file.Requests)
        {
            Assert.Null(await run.SendAsync(request));
        }
    }

    [Fact]
    public void A_request_is_parsed_with_name_expectations_headers_and_body()
    {
        var file = HttpFile.Read(
            """
            # a file
            @api = http://localhost:4999

            ### A title
            // a comment
            # @name first
            # expects 409
            # expects Retry-After
            # expects X-Kind: refusal
            POST {{api}}/things?a=1
            Content-Type: text/plain
            X-Other: a: b

            # no comment

            the end

            ###
            GET {{api}}/
            """
        );

        Assert.Equal("http://localhost:4999", file.Variables["api"]);
        var (first, second) = (file.Requests[0], file.Requests[1]);
        Assert.Equal(
            ("A title", "first", 409, "POST", "{{api}}/things?a=1"),
            (first.Title, first.Name, first.Status, first.Method, first.Address)
        );
        Assert.Equal([("Retry-After", null), ("X-Kind", "refusal")], first.AnswerHeaders);
        Assert.Equal([("Content-Type", "text/plain"), ("X-Other", "a: b")], first.Headers);
        Assert.Equal(["# no comment", "", "the end"], first.Body);
        Assert.Equal(("", null, null, "GET", 0), (second.Title, second.Name, second.Status, second.Method, second.Body.Count));
    }

    [Theory]
    [InlineData("FETCH http://localhost/")]
    [InlineData("http://localhost/")]
    [InlineData("GET http://localhost/\nno header")]
    [InlineData("POST http://localhost/\nA: b\n\n< ./body.json")]
    public void Requests_that_editors_send_differently_are_rejected(string text) =>
        Assert.Throws<FormatException>(() => HttpFile.Read(text));
}
