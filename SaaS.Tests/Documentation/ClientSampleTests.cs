using System.Diagnostics;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using SaaS.Client;
using SaaS.Client.Models;
using SaaS.ClientSample;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documentation;

/// <summary>Tests the client generated from the OpenAPI document, and the sample that shows its use.</summary>
public sealed class ClientSampleTests(SaaSApp app)
{
    private string Address => app.Api.ClientOptions.BaseAddress.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task The_sample_succeeds_on_the_first_and_second_run()
    {
        var file = NewFile();
        var email = TestUser.NewEmail();

        var first = await RunAsync(email, file);
        Assert.Equal("Document uploaded", first[0]);
        Assert.Matches(@"^hello\.pdf, application/pdf, \d+ bytes, \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$", first[1]);
        Assert.Matches(@"^As refusals come: 404 NOT_FOUND: Document not found \(trace [0-9a-f]{32}\)$", first[2]);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync($"{file}.copy"));

        var second = await RunAsync(email, file);
        Assert.Equal(["An account with this e-mail address already exists", "Document uploaded"], second[..2]);
        Assert.Equal(2, second.Count(line => line.StartsWith("hello.pdf", StringComparison.Ordinal))); // the key led to the same tenant

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Theory]
    [InlineData(null, 2, "SAAS_EMAIL=")]
    [InlineData("Engine1844", 1, "401 INVALID_CREDENTIALS: ")]
    [InlineData(TestUser.Password, 0, "Document uploaded")]
    public async Task The_program_reads_the_password_from_the_environment_and_reports_errors(string? password, int exitCode, string told)
    {
        var file = NewFile();
        using var program = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SaaS.ClientSample.dll"), file, Address])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        program.StartInfo.Environment["SAAS_EMAIL"] = (await TestUser.RegisterAsync(app)).Email;
        program.StartInfo.Environment["SAAS_PASSWORD"] = password;
        program.Start();
        var said = string.Concat(await Task.WhenAll(program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync()));
        await program.WaitForExitAsync();

        Assert.Contains(told, said, StringComparison.Ordinal);
        Assert.Equal(exitCode, program.ExitCode);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_session_refreshes_its_token_shortly_before_it_expires()
    {
        var user = await TestUser.RegisterAsync(app);
        var clock = new ShiftedClock();
        using var anonymous = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider()) { BaseUrl = Address };
        using var session = await Session.SignInAsync(new SaaSClient(anonymous).Api.Auth, user.Email, TestUser.Password, clock);
        var token = await session.GetAuthorizationTokenAsync(new Uri(Address));
        Assert.Equal(token, await session.GetAuthorizationTokenAsync(new Uri(Address)));

        clock.Ahead = TimeSpan.FromMinutes(14.8);
        Assert.NotEqual(token, await session.GetAuthorizationTokenAsync(new Uri(Address)));

        using var signedIn = new HttpClientRequestAdapter(new BaseBearerTokenAuthenticationProvider(session)) { BaseUrl = Address };
        Assert.Equal(user.Email, (await new SaaSClient(signedIn).Api.Users.Me.GetAsync())?.Data?.Email);
    }

    [Fact]
    public async Task A_rejected_request_throws_a_problem_with_the_invalid_fields()
    {
        using var anonymous = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider()) { BaseUrl = Address };
        var problem = await Assert.ThrowsAsync<ProblemBody>(() =>
            new SaaSClient(anonymous).Api.Auth.Register.PostAsync(
                new RegisterUserRequest
                {
                    FirstName = "Ada",
                    LastName = "Lovelace",
                    Email = "nobody",
                    Password = TestUser.Password,
                }
            )
        );

        Assert.Equal((400, "BAD_REQUEST"), (problem.Status, problem.Error?.Code));
        Assert.Equal(["email"], problem.Error!.Details!.AdditionalData.Keys);
    }

    private static string NewFile()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("saas-sample-").FullName, "hello.pdf");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "EndToEnd", "hello.pdf"), file);
        return file;
    }

    private async Task<List<string>> RunAsync(string email, string file)
    {
        await using var output = new StringWriter();
        await Journey.RunAsync(new Uri(Address), email, TestUser.Password, file, TimeProvider.System, output);
        return [.. output.ToString().Split(output.NewLine, StringSplitOptions.RemoveEmptyEntries)];
    }
}
